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
def test_every_setting_has_a_table_and_finished_runs_are_kept(names, tmp_path, monkeypatch, capsys):
    small_archives.n_mnist(tmp_path, train=20, test=20)
    for archive in tmp_path.glob("*.zip"):
        zipfile.ZipFile(archive).extractall(tmp_path)
    monkeypatch.chdir(tmp_path)
    main, setting = names["main"], names["Setting"]
    tiny = {"time_steps": 4, "epochs": 1}
    settings = {
        "VGG": setting(filters=(4,) * 5, units=(8, 8), recordings=16, **tiny),
        "ResNet": setting(network="SpikingResNet20", filters=(4, 4, 4), units=(), **tiny),
    }
    main.__globals__.update(SETTINGS=settings, FOLDS=2)
    main([str(tmp_path)])
    training, _, tables = capsys.readouterr().out.partition("\n\n")
    assert len(training.splitlines()) >= 16  # two settings, four networks, two folds
    assert "| SMA + AZO |" in tables
    assert "| AZO narrows the gap | " in tables
    main([str(tmp_path), "--only", "VGG"])
    assert "training" not in capsys.readouterr().out
