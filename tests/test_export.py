"""SavedModels run in a process that has no keras_snn and no Keras."""

import subprocess
import sys

import keras
import numpy as np
import pytest

from keras_snn import applications, layers

SCRIPT = """
import sys
sys.modules["keras_snn"] = sys.modules["keras"] = None
import numpy as np, tensorflow as tf
served = tf.saved_model.load(sys.argv[1])
data = np.load(sys.argv[2])
np.savez(sys.argv[3], **{name: served.serve(data[name]) for name in data.files})
"""


def every_layer():
    inputs = keras.Input((4, 32, 32, 3))
    x = layers.TimeDistributed(keras.layers.Conv2D(16, 3, padding="same"))(inputs)
    x = layers.SMA((1, 3), time_reduction=2, azo=layers.AZO())(x)
    x = layers.FSTA(3)(layers.BatchNormalization()(x))
    x = layers.LIF(v_threshold=0.2, learn_tau=True)(x)
    x = layers.TimeDistributed(keras.layers.GlobalAveragePooling2D())(x)
    cell = layers.LIFCell(16, v_threshold=0.05)
    x = keras.layers.RNN(cell, return_sequences=True)(layers.IF(v_threshold=0.1)(x))
    return keras.Model(inputs, x)


def vgg():
    return applications.SMAVGG8(
        input_shape=(4, 32, 32, 2), filters=(8, 8, 8, 8, 8), units=(16, 16), azo=layers.AZO()
    )


@pytest.mark.parametrize("make", [every_layer, pytest.param(vgg, marks=pytest.mark.slow)])
def test_a_fresh_process_gives_the_same_outputs_at_two_batch_sizes(make, tmp_path, rng):
    model = make()
    shape = model.input_shape[1:]
    batches = {str(n): rng.normal(0.5, 1, (n, *shape)).astype("float32") for n in (1, 3)}
    np.savez(tmp_path / "in.npz", **batches)
    model.export(tmp_path / "served", verbose=False)
    arguments = [str(tmp_path / name) for name in ("served", "in.npz", "out.npz")]
    subprocess.run([sys.executable, "-c", SCRIPT, *arguments], check=True, capture_output=True)
    outputs = np.load(tmp_path / "out.npz")
    for name, batch in batches.items():
        np.testing.assert_allclose(outputs[name], model.predict(batch, verbose=0), atol=1e-5)
