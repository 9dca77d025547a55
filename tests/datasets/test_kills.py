"""A preparation that is killed at any moment leaves nothing that loads, and can be repeated."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

import keras_snn.datasets
from tests.datasets.killed import TEST, TRAIN
from tests.datasets.small_archives import md5_of

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
def test_no_set_loads_with_fewer_samples_after_twenty_kills(tmp_path):
    command = [sys.executable, "-m", "tests.datasets.killed", str(tmp_path), "20"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=300)
    found = json.loads(run.stdout.splitlines()[-1])
    assert sum(signaled for signaled, *_ in found["killed"]) == 20
    for signaled, samples, leftovers in found["killed"]:
        assert samples in ((0, TRAIN + TEST) if signaled else (TRAIN + TEST,))
        assert leftovers <= 1
    assert [signaled for signaled, samples, _ in found["killed"] if not samples].count(True) >= 15
    assert sum(leftovers for *_, leftovers in found["killed"]) >= 10
    assert (found["finished"], found["samples"], found["leftovers"]) == (0, TRAIN + TEST, 0)
    folder = keras_snn.datasets.info("n_mnist", tmp_path).archive_dir
    options = {"data_dir": tmp_path, "md5": md5_of(*folder.glob("*.zip"))}
    assert len(keras_snn.datasets.load("n_mnist", "train+validation", **options)) == TRAIN
    assert len(keras_snn.datasets.load("n_mnist", "test", **options)) == TEST
