"""Training goes on after an interruption as if there had been none."""

import json
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_snn.training import Backup

ROOT = Path(__file__).parents[2]


def killed(kind, folder):
    """What `tests.training.killed` counted."""
    command = [sys.executable, "-m", "tests.training.killed", kind, str(folder / "runs")]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr[-3000:]
    print(run.stdout)
    return json.loads(run.stdout.splitlines()[-1])


@pytest.mark.slow
def test_a_kill_while_the_file_is_written_changes_nothing(tmp_path):
    counted = killed("replace", tmp_path)
    assert counted["kills"] == 4
    assert counted["equal"] == counted["runs"] == 1


@pytest.mark.slow
def test_kills_at_random_moments_change_nothing(tmp_path):
    counted = killed("15", tmp_path)
    assert counted["kills"] == 15
    assert counted["equal"] == counted["runs"] >= 1


def model_and_data(units=3):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(units)])
    model.compile("adam", "mse")
    return model, (np.ones((4, 2)), np.ones((4, units)))


def trained(path, epochs, units=3):
    model, data = model_and_data(units)
    backup = Backup(path)
    first = backup.initial_epoch
    model.fit(*data, epochs=epochs, initial_epoch=first, callbacks=[backup], verbose=0)
    return model


def test_a_finished_training_gives_its_history_again(tmp_path):
    done = trained(tmp_path / "b.npz", 2)
    again = trained(tmp_path / "b.npz", 2)
    assert again.history.history == done.history.history
    assert again.history.epoch == [0, 1]
    np.testing.assert_array_equal(again.get_weights()[0], done.get_weights()[0])


def test_a_training_that_does_not_resume_removes_the_file_when_it_begins(tmp_path):
    path = tmp_path / "b.npz"
    trained(path, 2)
    backup = Backup(path, resume=False)
    assert backup.initial_epoch == 0
    assert path.exists()
    backup.set_model(model_and_data()[0])
    backup.on_train_begin()
    assert not path.exists()


def test_a_second_fit_with_the_same_callback_goes_on_where_the_first_ended(tmp_path):
    trained(tmp_path / "b.npz", 1)
    model, data = model_and_data()
    backup = Backup(tmp_path / "b.npz")
    for epochs in (2, 4):
        first = backup.initial_epoch
        model.fit(*data, epochs=epochs, initial_epoch=first, callbacks=[backup], verbose=0)
    assert model.optimizer.iterations == 4
    np.testing.assert_array_equal(
        trained(tmp_path / "b.npz", 4).get_weights()[0], model.get_weights()[0]
    )


@pytest.mark.parametrize("policy", ["bfloat16", "float16", "mixed_bfloat16"])
def test_weights_of_every_precision_come_back(policy, tmp_path):
    keras.config.set_dtype_policy(policy)
    done = trained(tmp_path / "b.npz", 1)
    again = trained(tmp_path / "b.npz", 1)
    for one, other in zip(again.get_weights(), done.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_replicated_weights_come_back(tmp_path):
    """In the scope of a strategy a scalar of TensorFlow gives no array to NumPy."""
    losses = []
    with tf.distribute.MirroredStrategy(["CPU:0"]).scope():
        for folder, stops in (("whole", [3]), ("parts", [1, 3])):
            for epochs in stops:
                keras.utils.set_random_seed(1)
                model = trained(tmp_path / folder / "b.npz", epochs)
            losses.append(model.history.history["loss"])
    assert losses[0] == losses[1]
    assert len(losses[0]) == 3


def refused(path, sentence, units=3):
    """One sentence, and the model keeps its weights."""
    model, data = model_and_data(units)
    before = model.get_weights()
    with pytest.raises(ValueError, match=sentence) as error:
        model.fit(*data, callbacks=[Backup(path)], verbose=0)
    assert "\n" not in str(error.value)
    for kept, old in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(kept, old)


def test_a_damaged_or_foreign_backup_is_refused(tmp_path):
    path = tmp_path / "b.npz"
    trained(path, 1)
    refused(path, "`path` must be a backup of this model and this optimizer", units=4)
    whole = path.read_bytes()
    for length in (0, 10, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:length])
        refused(path, "`path` must be a whole backup; delete it to start anew")
    with pytest.raises(ValueError, match=r"`path` must end in \.npz"):
        Backup(tmp_path)
