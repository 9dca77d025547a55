"""The example of the papers' claims prints a table per claim, and trains no network twice."""

import runpy
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).parents[2] / "examples" / "papers_claims.py"


@pytest.mark.slow
def test_every_claim_has_a_table(tmp_path, monkeypatch, capsys):
    pytest.importorskip("keras_snn.datasets")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path / "data"))
    names = runpy.run_path(str(EXAMPLE))
    main = names["main"]
    settings = {"SAMPLES": 32, "EPOCHS": 1, "TIME_STEPS": 4}
    small = {"filters": (4, 4, 4, 4, 4), "units": (8, 8)}
    networks = {name: names["NETWORKS"][name] for name in ("plain", "SMA")}
    main.__globals__.update(settings, WIDTHS=small, NETWORKS=networks)
    main(["--seeds", "1"])
    training, _, tables = capsys.readouterr().out.partition("\n\n")
    assert training.splitlines()[-1] == "training: event_digits SMA 0"
    for claim in ("firing rate", "vertical (+)", "transposed", "cosine", "time weight", "accuracy"):
        assert claim in tables
    for row in ("| block2_lif | ", "| block3_sma/scale3 | ", "| gap | "):
        assert row in tables
    main(["--seeds", "1"])
    assert capsys.readouterr().out.strip() == tables.strip()
