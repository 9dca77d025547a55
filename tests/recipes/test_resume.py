"""`train.py --resume` ends with the history and the weights of a run that was never interrupted."""

from dataclasses import replace

import h5py
import keras
import numpy as np
import pytest
import train
from recipes import RECIPES

from keras_snn.applications import spiking_resnet
from keras_snn.training import Backup
from tests.datasets import small_archives

EPOCHS = 4


class Killed(BaseException):
    """What ends a process at once."""


class Kill(train.Progress):
    """Kills in the second step of the third epoch."""

    def on_epoch_begin(self, epoch, logs=None):
        super().on_epoch_begin(epoch, logs)
        self.epoch = epoch

    def on_train_batch_end(self, batch, logs=None):
        if (self.epoch, batch) == (2, 1):
            raise Killed


@pytest.fixture
def digits(tmp_path, monkeypatch, few_digits):
    """SMA with AZO and dropout, on 36 samples."""
    small = {"filters": (8, 8, 8, 8, 8), "units": (8, 8), "attention_blocks": (2,)}
    monkeypatch.setitem(RECIPES, "event_digits", replace(RECIPES["event_digits"], arguments=small))
    return ["event_digits", "--data-dir", str(tmp_path / "data"), "--time-steps", "4"]


@pytest.fixture
def mixed(tmp_path, monkeypatch):
    """A paper's augmentation and Mixup, with FSTA, on 24 samples; frames are read in each epoch."""
    data = tmp_path / "data"
    md5 = small_archives.cifar10_dvs(data / "downloads" / "manual" / "cifar10_dvs")
    row = spiking_resnet.SPIKING_20
    shallow = replace(row, depths=(1,) * len(row.depths))
    monkeypatch.setattr(spiking_resnet, "SPIKING_20", shallow)
    small = {"filters": (4, 4, 4, 4), "attention_blocks": ((2, 1),)}
    recipe = replace(RECIPES["fsta_cifar10_dvs"], arguments=small)
    monkeypatch.setitem(RECIPES, "fsta_cifar10_dvs", recipe)
    digests = [word for pair in md5.items() for word in ("--md5", "=".join(pair))]
    options = ["--time-steps", "2", "--set", "size=32,32", "--set", "cache=False", "--limit", "24"]
    return ["fsta_cifar10_dvs", "--data-dir", str(data), *options, "--batch-size", "8", *digests]


@pytest.fixture
def reported(monkeypatch):
    """The histories and the weights that reports were written of; nothing else is written."""
    found = []
    monkeypatch.setattr(
        train.Report,
        "write",
        lambda self, model, data, history: found.append((history, model.get_weights())),
    )
    return found


@pytest.mark.slow
@pytest.mark.parametrize("command", ["digits", "mixed"])
def test_a_resumed_run_ends_bit_for_bit_as_one_without_a_kill(
    command, request, tmp_path, monkeypatch, reported
):
    arguments = [*request.getfixturevalue(command), "--epochs", str(EPOCHS), "--output"]
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    assert train.main([*arguments, str(whole)]) == 0
    with monkeypatch.context() as patch:
        patch.setattr(train, "Progress", Kill)
        with pytest.raises(Killed):
            train.main([*arguments, str(killed)])
    assert Backup(killed / "backup.npz").initial_epoch == 2
    keras.utils.set_random_seed(99)  # what the process did before has no effect
    assert train.main([*arguments, str(killed), "--resume"]) == 0
    (history, weights), (resumed, kept) = reported
    assert len(history["loss"]) == len(resumed["seconds"]) == EPOCHS
    assert len(set(history["loss"])) == EPOCHS
    assert without_seconds(resumed) == without_seconds(history)
    for one, other in zip(kept, weights, strict=True):
        np.testing.assert_array_equal(one, other)
    assert_equal_files(whole, killed)


def without_seconds(history):
    return {name: row for name, row in history.items() if name != "seconds"}


def assert_equal_files(one, other):
    """Weights, optimizer and random numbers of the last epoch, and weights of the best one."""
    states = [Backup(folder / "backup.npz").arrays for folder in (one, other)]
    for name in states[0].keys() | states[1].keys():
        np.testing.assert_array_equal(states[0][name], states[1][name])
    best = [contents(folder / "best.weights.h5") for folder in (one, other)]
    assert best[0] == best[1]


def contents(path):
    """The bytes of all arrays by their names."""
    found = {}
    with h5py.File(path) as file:
        file.visititems(
            lambda name, item: found.update(
                {name: item[()].tobytes()} if hasattr(item, "shape") else {}
            )
        )
    return found
