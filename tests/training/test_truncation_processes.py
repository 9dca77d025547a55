"""TruncatedBPTT as a Keras model: its loss, XLA, files and replicas."""

import subprocess
import sys

import keras
import numpy as np
import pytest

from keras_snn import layers
from keras_snn.training import TruncatedBPTT
from tests.applications.miniatures import liven
from tests.training.test_truncation import CLASSES, cross_entropy, vectors


def tiny(per_step=False):
    """Of vectors: dense, neurons, dense."""
    stack = [keras.Input((8, 6)), keras.layers.Dense(4), layers.LIF(v_threshold=0.2)]
    stack += [] if per_step else [keras.layers.GlobalAveragePooling1D()]
    return liven(keras.Sequential([*stack, keras.layers.Dense(CLASSES)]))


def test_the_reported_loss_weighs_a_small_last_batch_as_it_is():
    trainer, (x, y) = TruncatedBPTT(tiny(), 8), vectors()
    trainer.compile(keras.optimizers.SGD(0.0), cross_entropy())
    history = trainer.fit(x, y, batch_size=4, shuffle=False, verbose=0).history
    wanted = trainer.evaluate(x, y, verbose=0)
    np.testing.assert_allclose(history["loss"][0], wanted, rtol=1e-5)


def test_xla_gives_the_same_step():
    (x, y), logs = vectors(4), []
    for compiled in (False, True):
        keras.utils.set_random_seed(1)
        trainer = TruncatedBPTT(tiny(), 4)
        trainer.compile("sgd", cross_entropy(), metrics=["accuracy"], jit_compile=compiled)
        logs.append(trainer.train_on_batch(x, y, return_dict=True))
    assert logs[0] == pytest.approx(logs[1], rel=1e-4)


SAVE = """
import sys, numpy as np, keras, keras_snn
keras.Sequential([keras.Input((8, 6)), keras.layers.Dense(4), keras_snn.layers.LIF(),
                  keras.layers.Dense(3)]).save("model.keras")
"""


WRAP = """
import numpy as np, keras, keras_snn
model = keras.models.load_model("model.keras")
trainer = keras_snn.training.TruncatedBPTT(model, 4)
trainer.compile("adam", "mse")
x = np.random.default_rng(1).normal(size=(4, 8, 6))
back = keras.callbacks.BackupAndRestore("backup")
trainer.fit(x, np.ones((4, 8, 3)), epochs=2, verbose=0, callbacks=[back])
trainer.save("trainer.keras")
np.save("adam.npy", sum(np.abs(v.numpy()).sum() for v in trainer.optimizer.variables[2:]))
"""


LOAD = """
import numpy as np, keras, keras_snn
trainer = keras.models.load_model("trainer.keras")
assert type(trainer).__name__ == "TruncatedBPTT"
total = sum(np.abs(v.numpy()).sum() for v in trainer.optimizer.variables[2:])
np.testing.assert_allclose(total, np.load("adam.npy"), rtol=1e-6)
assert int(trainer.optimizer.iterations) == 2
"""


@pytest.mark.slow
def test_models_and_trainers_go_from_process_to_process(tmp_path):
    for script in (SAVE, WRAP, LOAD):
        done = subprocess.run(
            [sys.executable, "-c", script],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert done.returncode == 0, done.stderr[-2000:]


REPLICAS = """
import numpy as np, keras, keras_snn, tensorflow as tf
cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
x = np.random.default_rng(1).normal(0.5, 1.0, (8, 8, 6)).astype("float32")
y = np.arange(8) % 3

def losses():
    keras.utils.set_random_seed(1)
    model = keras.Sequential([keras.Input((8, 6)), keras.layers.Dense(4),
        keras_snn.layers.LIF(v_threshold=0.2), keras.layers.GlobalAveragePooling1D(),
        keras.layers.Dense(3)])
    trainer = keras_snn.training.TruncatedBPTT(model, 4)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    trainer.compile(keras.optimizers.SGD(0.1), loss)
    return trainer.fit(x, y, batch_size=4, epochs=2, shuffle=False, verbose=0).history["loss"]

one = losses()
with tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"]).scope():
    two = losses()
np.testing.assert_allclose(two, one, rtol=1e-5)
"""


@pytest.mark.slow
def test_two_replicas_report_the_loss_of_one(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", REPLICAS], cwd=tmp_path, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr[-2000:]
