"""A run that is killed at any moment goes on after its last finished epoch."""

import json
import pathlib
import shutil

import keras
import numpy as np
import pytest
from progress import Progress


class Killed(BaseException):
    """What ends a process at once."""


def model_of_one_weight():
    """Its weight counts the finished steps, one an epoch."""
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, use_bias=False)])
    model.set_weights([np.zeros((1, 1))])
    model.compile(keras.optimizers.SGD(1.0), lambda y, x: -keras.ops.mean(x, axis=-1))
    return model


def fit(folder, epochs, resume):
    model, progress = model_of_one_weight(), Progress(folder, resume)
    progress.restore(model)
    data = np.ones((1, 1)), np.ones((1, 1))
    options = {"validation_data": data, "verbose": 0, "callbacks": [progress]}
    model.fit(*data, initial_epoch=progress.epochs, epochs=epochs, **options)
    return model, progress


def weight(model):
    return float(model.get_weights()[0][0, 0])


@pytest.fixture
def deadly(monkeypatch):
    """Kills before the n-th time that a file is written, renamed or removed, from a call on."""
    state = {"left": None}

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
        (shutil, "copyfile"),
        (pathlib.Path, "replace"),
        (pathlib.Path, "write_text"),
        (pathlib.Path, "unlink"),
    ):
        monkeypatch.setattr(owner, name, counted(getattr(owner, name)))
    return state


@pytest.mark.parametrize("moment", range(9))
def test_no_finished_epoch_is_lost_whenever_the_process_is_killed(moment, tmp_path, deadly):
    fit(tmp_path, epochs=2, resume=False)
    deadly["left"] = moment
    with pytest.raises(Killed):
        fit(tmp_path, epochs=3, resume=True)
    deadly["left"] = None
    finished = len(json.loads((tmp_path / "history.json").read_text())["loss"])
    assert finished == (3 if moment >= 6 else 2)  # the history tells that an epoch is over
    model, progress = fit(tmp_path, epochs=4, resume=True)
    assert weight(model) == 4
    assert progress.epochs == 4
    assert model.optimizer.iterations == 4
    model.load_weights(progress.best_weights)
    assert weight(model) == 4  # the loss falls from epoch to epoch
    assert [path.name for path in tmp_path.glob("state*")] == ["state4.weights.h5"]


def test_best_weights_survive_worse_epochs(tmp_path):
    _, progress = fit(tmp_path, epochs=2, resume=False)
    progress.history["val_loss"][-1] = -100.0
    (tmp_path / "history.json").write_text(json.dumps(progress.history))
    model, progress = fit(tmp_path, epochs=4, resume=True)
    model.load_weights(progress.best_weights)
    assert weight(model) == 2


def test_an_epoch_that_ends_in_nan_is_never_the_best(tmp_path):
    _, progress = fit(tmp_path, epochs=1, resume=False)
    for losses, best in (([np.nan], False), ([np.nan, 1.0], True), ([1.0, np.nan], False)):
        progress.best_weights.unlink(missing_ok=True)
        progress.history = {"loss": [0.0], "val_loss": losses}
        progress._keep_best()
        assert progress.best_weights.exists() == best


def test_a_kill_before_the_best_weights_are_copied_does_not_lose_them(tmp_path):
    _, progress = fit(tmp_path, epochs=2, resume=False)
    progress.best_weights.unlink()
    model, progress = fit(tmp_path, epochs=2, resume=True)  # nothing is left to train
    model.load_weights(progress.best_weights)
    assert weight(model) == 2


def test_a_new_run_removes_the_files_of_an_earlier_one_when_it_starts(tmp_path):
    fit(tmp_path, epochs=2, resume=False)
    progress = Progress(tmp_path, resume=False)
    assert progress.best_weights.exists()
    progress.restore(model_of_one_weight())
    assert not list(tmp_path.iterdir())


def test_a_longer_run_goes_on_from_a_finished_one(tmp_path):
    fit(tmp_path, epochs=1, resume=False)
    model, progress = fit(tmp_path, epochs=3, resume=True)
    assert (weight(model), progress.epochs) == (3, 3)
