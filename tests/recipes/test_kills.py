"""`train.py --resume` after real kills: it ends as a run without kills does."""

import json
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest

import keras_snn.datasets
from tests.recipes.killed import EPOCHS

ROOT = Path(__file__).parents[2]
KILLS = {"prepare": 6, "train": 10, "report": 4}
SAMPLES = {"train": 10, "validation": 2, "test": 4}


@pytest.mark.slow
def test_twenty_kills_change_no_sample_and_no_epoch(tmp_path):
    numbers = map(str, KILLS.values())
    command = [sys.executable, "-m", "tests.recipes.killed", str(tmp_path), *numbers]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr[-3000:]
    found = json.loads(run.stdout.splitlines()[-1])
    assert sum(each["killed"] for each in found["runs"]) == sum(KILLS.values())
    assert not all(each["prepared"] for each in found["runs"][: KILLS["prepare"]])
    before = []
    for each in [*found["runs"], found["end"]]:
        assert each["losses"][: len(before)] == before  # finished epochs stay as they were
        before = each["losses"]
    assert len(before) == EPOCHS
    assert found["end"] == found["whole"]
    assert found["end"]["status"] == 0
    check_samples(tmp_path, found["md5"])
    check_best_weights(tmp_path / "run", before)


def check_samples(folder, md5):
    for split, number in SAMPLES.items():
        data = keras_snn.datasets.load("shd", split, data_dir=folder, md5=md5)
        assert len(list(data)) == number


def check_best_weights(folder, losses):
    """As many steps led to the best weights as to the epoch of the lowest loss."""
    with h5py.File(folder / "best.weights.h5") as file:
        steps = int(file["optimizer/vars/0"][()])
    assert steps == 1 + int(np.argmin(losses))  # a step per epoch
