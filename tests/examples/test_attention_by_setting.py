"""The example of the settings prints a table per setting, and judges claims fold by fold."""

import runpy
import zipfile
from pathlib import Path

import pytest

from tests.datasets import small_archives

EXAMPLE = Path(__file__).parents[2] / "examples" / "attention_by_setting.py"


@pytest.fixture(scope="module")
def names():
    pytest.importorskip("keras_snn.datasets")
    return runpy.run_path(str(EXAMPLE))


def test_a_claim_holds_where_its_interval_is_on_its_side(names):
    """scipy.stats.t.interval(0.95, 4, 2.0, sqrt(2.5 / 5)) is 2.0 -/+ 1.963."""
    judge = names["judge"]
    base = [{"accuracy": 80.0, "gap": 5.0, "rate": 7.0}] * 5
    better = [{"accuracy": 80.0 + n, "gap": 5.0 - n, "rate": 7.0 + n} for n in range(5)]
    runs = {"plain": base, "SMA": base, "FSTA": better, "SMA + AZO": better}
    assert judge("FSTA raises the accuracy", runs) == "+2.0 ± 2.0, holds"
    assert judge("AZO narrows the gap", runs) == "-2.0 ± 2.0, holds"
    assert judge("FSTA lowers the firing rate", runs) == "+2.0 ± 2.0, fails"
    assert judge("SMA raises the accuracy", runs) == "+0.0 ± 0.0, open"


@pytest.mark.slow
def test_every_network_can_be_built_in_every_setting(names):
    for setting in names["SETTINGS"].values():
        for network in names["NETWORKS"]:
            model = names["build"](setting, network, (4, 34, 34, 2))
            assert model.output_shape == (None, 10)


@pytest.mark.slow
def test_a_setting_has_a_table_and_finished_runs_are_kept(names, tmp_path, monkeypatch, capsys):
    small_archives.n_mnist(tmp_path, train=20, test=20)
    for archive in tmp_path.glob("*.zip"):
        zipfile.ZipFile(archive).extractall(tmp_path)
    monkeypatch.chdir(tmp_path)
    main, setting = names["main"], names["Setting"]
    tiny = setting(recordings=16, epochs=1, filters=(4,) * 5, units=(8, 8))
    networks = {name: names["NETWORKS"][name] for name in ("plain", "FSTA")}
    claims = {claim: about for claim, about in names["CLAIMS"].items() if "FSTA" in claim}
    main.__globals__.update(SETTINGS={"tiny": tiny}, NETWORKS=networks, CLAIMS=claims)
    main([str(tmp_path), "--folds", "2"])
    training, _, tables = capsys.readouterr().out.partition("\n\n")
    assert training.splitlines()[-1] == "training: tiny, FSTA, fold 1"
    for row in ("**tiny**", "| plain | ", "| FSTA lowers the firing rate | "):
        assert row in tables
    main([str(tmp_path), "--folds", "2"])
    assert capsys.readouterr().out.strip() == tables.strip()
