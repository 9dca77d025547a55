"""The compiled gradient of FSTA equals the plain one."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_snn import layers
from keras_snn.backends.tensorflow import fsta
from keras_snn.functional import attention
from tests.backends.convolutions import operations
from tests.golden import close

EPSILON = {"bfloat16": 2**-7, "float16": 2**-10}
WAYS = {
    "eager": lambda run: run,
    "graph": lambda run: tf.function(run, autograph=False),
    "jit": lambda run: tf.function(run, autograph=False, jit_compile=True),
}


@pytest.fixture
def everything_large(monkeypatch):
    monkeypatch.setattr(fsta, "LARGE", 1)


def derivatives(measured, x, cotangent):
    """Of a gate that depends on both statistics: output, first and second derivative."""

    def gated(x):
        summed, maximum, product = measured(x)
        channel = tf.reduce_mean(maximum**2, -1)[:, :, None, None, None]
        return product(tf.sigmoid(0.1 * summed[..., None] + 0.01 * channel)) ** 2

    with tf.GradientTape() as outer:
        outer.watch(x)
        with tf.GradientTape() as inner:
            inner.watch(x)
            y = gated(x)
        d_x = inner.gradient(y, x, cotangent)
        slope = tf.reduce_sum(d_x**3)
    return y, d_x, outer.gradient(slope, x)


@pytest.mark.usefixtures("everything_large")
@pytest.mark.parametrize("way", WAYS)
def test_derivatives_equal_the_plain_ones(way, rng):
    x = tf.constant(rng.normal(size=(2, 3, 4, 5, 6)).round(1))  # with equal largest elements
    cotangent = tf.constant(rng.normal(size=x.shape))
    wanted = derivatives(attention.measured, x, cotangent)
    actual = WAYS[way](lambda x: derivatives(fsta.measured, x, cotangent))(x)
    for value, expected in zip(actual, wanted, strict=True):
        close(value, expected, 1e-12)


@pytest.mark.usefixtures("everything_large")
@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
def test_half_types_stay_near_float32(dtype, rng):
    x = tf.cast(rng.normal(size=(2, 3, 4, 5, 6)), dtype)
    cotangent = tf.cast(rng.normal(size=x.shape), dtype)
    wide = derivatives(fsta.measured, tf.cast(x, "float32"), tf.cast(cotangent, "float32"))
    for value, expected in zip(derivatives(fsta.measured, x, cotangent)[:2], wide, strict=False):
        assert value.dtype == dtype
        error = tf.norm(tf.cast(value, "float32") - expected) / tf.norm(expected)
        assert error < 4 * EPSILON[dtype]


@pytest.mark.usefixtures("everything_large")
def test_exported_layers_keep_plain_operations(tmp_path):
    inputs = keras.Input((2, 6, 5, 4))
    model = keras.Model(inputs, layers.FSTA(3)(inputs))
    model.export(tmp_path / "served", verbose=False)
    served = tf.saved_model.load(str(tmp_path / "served"))
    x = np.random.default_rng(0).normal(size=(2, 2, 6, 5, 4)).astype("float32")
    np.testing.assert_allclose(served.serve(x), model(x), atol=1e-6)
    assert "ZerosLike" not in operations(served.signatures["serving_default"])
