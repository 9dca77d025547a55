"""A run that is killed at any moment goes on after its last finished epoch."""

import os
import pathlib

import keras
import numpy as np
import pytest
from progress import Progress

from keras_snn.training import Backup


class Killed(BaseException):
    """What ends a process at once."""


def model_of_one_weight():
    """Its weight counts the finished steps, one an epoch."""
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, use_bias=False)])
    model.set_weights([np.zeros((1, 1))])
    model.compile(keras.optimizers.SGD(1.0), lambda y, x: -keras.ops.mean(x, axis=-1))
    return model


def fit(folder, epochs, resume, factor=1.0):
    """Trains; the validation loss is minus the weight times the factor."""
    model, progress = model_of_one_weight(), Progress(folder, resume)
    data = np.ones((1, 1)), np.ones((1, 1))
    options = {"validation_data": (factor * data[0], data[1]), "verbose": 0}
    first = progress.initial_epoch
    model.fit(*data, initial_epoch=first, epochs=epochs, callbacks=[progress], **options)
    return model, progress


def weight(model):
    return float(model.get_weights()[0][0, 0])


def best_weight(progress):
    model = model_of_one_weight()
    model.load_weights(progress.best_weights)
    return weight(model)


@pytest.fixture
def deadly(monkeypatch):
    """A function that kills another before its n-th file is written, renamed or removed."""
    state = {"left": None}

    def kill(moment, run):
        state["left"] = moment
        with pytest.raises(Killed):
            run()
        state["left"] = None

    def counted(function):
        def call(*arguments, **options):
            if state["left"] is not None:
                state["left"] -= 1
                if state["left"] < 0:
                    raise Killed
            return function(*arguments, **options)

        return call

    for owner, name in (
        (keras.Model, "save_weights"),
        (np, "savez"),
        (os, "fsync"),
        (pathlib.Path, "replace"),
        (pathlib.Path, "unlink"),
    ):
        monkeypatch.setattr(owner, name, counted(getattr(owner, name)))
    return kill


@pytest.mark.parametrize("moment", range(7))
def test_no_finished_epoch_is_lost_whenever_the_process_is_killed(moment, tmp_path, deadly):
    """Of seven steps the first two write the best weights again, the next three the state."""
    fit(tmp_path, epochs=2, resume=False)
    deadly(moment, lambda: fit(tmp_path, epochs=3, resume=True))
    finished = len(Backup(tmp_path / "backup.npz").history["loss"])
    assert finished == (3 if moment >= 5 else 2)
    model, progress = fit(tmp_path, epochs=4, resume=True)
    assert weight(model) == 4
    assert progress.epochs == [0, 1, 2, 3]
    assert {len(row) for row in progress.history.values()} == {4}
    assert model.optimizer.iterations == 4
    assert best_weight(progress) == 4  # the loss falls from epoch to epoch


@pytest.mark.parametrize("moment", range(2))
def test_no_file_of_an_earlier_run_is_taken_for_one_of_a_run_that_begins(moment, tmp_path, deadly):
    fit(tmp_path, epochs=3, resume=False)
    deadly(moment, lambda: fit(tmp_path, epochs=1, resume=False))
    model, progress = fit(tmp_path, epochs=4, resume=True, factor=np.nan)
    assert weight(model) == 4
    assert progress.best_weights.exists() == (moment == 0)  # the earlier run was still whole


def test_best_weights_survive_worse_epochs(tmp_path):
    fit(tmp_path, epochs=2, resume=False)
    model, progress = fit(tmp_path, epochs=4, resume=True, factor=-1.0)
    assert (weight(model), best_weight(progress)) == (4, 2)


@pytest.mark.parametrize(
    ("factors", "best"), [([np.nan], None), ([np.nan, 1.0], 2), ([1.0, np.nan], 1)]
)
def test_an_epoch_that_ends_in_nan_is_never_the_best(factors, best, tmp_path):
    for epoch, factor in enumerate(factors):
        _, progress = fit(tmp_path, epochs=epoch + 1, resume=epoch > 0, factor=factor)
    assert progress.best_weights.exists() == (best is not None)
    assert best is None or best_weight(progress) == best


def test_a_kill_before_the_best_weights_are_written_does_not_lose_them(tmp_path):
    _, progress = fit(tmp_path, epochs=2, resume=False)
    progress.best_weights.unlink()
    _, progress = fit(tmp_path, epochs=2, resume=True)  # nothing is left to train
    assert best_weight(progress) == 2


def test_a_new_run_removes_the_files_of_an_earlier_one_when_it_starts(tmp_path):
    fit(tmp_path, epochs=2, resume=False)
    progress = Progress(tmp_path, resume=False)
    assert {path.name for path in tmp_path.iterdir()} == {"backup.npz", "best.weights.h5"}
    progress.set_model(model_of_one_weight())
    progress.on_train_begin()
    assert not list(tmp_path.iterdir())


def test_a_process_that_does_not_write_leaves_the_files_as_they_are(tmp_path):
    fit(tmp_path, epochs=2, resume=False)
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    data = np.ones((1, 1)), np.ones((1, 1))
    for resume in (True, False):
        progress = Progress(tmp_path, resume, write=False)
        options = {"initial_epoch": progress.initial_epoch, "validation_data": data, "verbose": 0}
        model_of_one_weight().fit(*data, epochs=3, callbacks=[progress], **options)
        assert len(progress.history["seconds"]) == 3
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_longer_run_goes_on_from_a_finished_one(tmp_path):
    fit(tmp_path, epochs=1, resume=False)
    model, progress = fit(tmp_path, epochs=3, resume=True)
    assert (weight(model), progress.initial_epoch) == (3, 3)
