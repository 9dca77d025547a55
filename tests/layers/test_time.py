"""TimeDistributed, BatchNormalization and DirectCoding."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_snn import layers
from tests.golden import close


class Recorder(keras.layers.Layer):
    """Keeps what it was called with."""

    calls = ()
    supports_masking = True

    def call(self, inputs, training=None, mask=None):
        self.calls = (*self.calls, (tuple(inputs.shape), training, mask))
        return inputs


def test_inner_layer_is_called_once_with_training_and_mask():
    recorder = Recorder()
    mask = np.array([[1, 1, 0], [1, 0, 0]], bool)
    layers.TimeDistributed(recorder)(np.zeros((2, 3, 4, 5)), training=True, mask=mask)
    ((shape, training, seen),) = recorder.calls
    assert (shape, training) == ((6, 4, 5), True)
    np.testing.assert_array_equal(seen, mask.reshape(-1))


@pytest.mark.parametrize(
    "make",
    [
        lambda: keras.layers.Conv2D(4, 3, strides=2),
        lambda: keras.layers.MaxPooling2D(),
        lambda: keras.layers.Flatten(),
        lambda: keras.layers.GlobalAveragePooling2D(),
    ],
)
def test_equals_keras_step_by_step(make, rng):
    x = rng.normal(size=(2, 3, 6, 5, 4)).astype("float32")
    inner = make()
    merged = layers.TimeDistributed(inner)(x)
    np.testing.assert_allclose(merged, keras.layers.TimeDistributed(inner)(x), rtol=1e-5, atol=1e-6)


def test_time_may_be_unknown(rng):
    inputs = keras.Input((None, 6, 5, 4))
    outputs = layers.TimeDistributed(keras.layers.Conv2D(3, 3))(inputs)
    model = keras.Model(inputs, layers.LIF()(outputs))
    assert model.output_shape == (None, None, 4, 3, 3)
    for steps in (2, 5):
        x = rng.normal(size=(2, steps, 6, 5, 4))
        assert model.predict(x, verbose=0).shape == (2, steps, 4, 3, 3)


def test_statistics_of_the_merged_call_are_those_of_the_sequence(rng):
    x = rng.normal(2, 3, (2, 3, 4, 5, 6)).astype("float32")
    merged = layers.TimeDistributed(layers.BatchNormalization())
    whole = layers.BatchNormalization()
    np.testing.assert_allclose(merged(x, training=True), whole(x, training=True), atol=1e-5)
    for a, b in zip(merged.weights, whole.weights, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5)


def test_wrapping_something_else_is_refused():
    with pytest.raises(ValueError, match=r"`layer` must be a keras.layers.Layer. Received: layer="):
        layers.TimeDistributed(np.sqrt)
    with pytest.raises(ValueError, match=r"`inputs` must have the axes \(batch, time, ...\)"):
        layers.TimeDistributed(keras.layers.Dense(2))(np.zeros((2, 3)))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("shape", [(4, 6), (3, 4, 6), (2, 4, 3, 6), (2, 3, 4, 5, 6)])
def test_training_and_inference_equal_numpy(shape, dtype, rng):
    tolerance = 1e-10 if dtype == "float64" else 3e-5
    x = rng.normal(1.5, 2.0, shape)
    layer = layers.BatchNormalization(dtype=dtype)
    layer.build(shape)
    gamma, beta = rng.uniform(0.5, 2, 6), rng.normal(size=6)
    layer.gamma.assign(gamma)
    layer.beta.assign(beta)
    axes = tuple(range(len(shape) - 1))
    mean, variance = x.mean(axes), x.var(axes)
    wanted = (x - mean) / np.sqrt(variance + 1e-5) * gamma + beta
    close(layer(x.astype(dtype), training=True), wanted, tolerance)
    count = x.size / 6
    close(layer.moving_mean, 0.1 * mean, tolerance)
    close(layer.moving_variance, 0.9 + 0.1 * variance * count / (count - 1), tolerance)
    running = (x - 0.1 * mean) / np.sqrt(np.asarray(layer.moving_variance) + 1e-5) * gamma + beta
    close(layer(x.astype(dtype)), running, tolerance)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_masked_steps_take_no_part_in_the_statistics(dtype, rng):
    x = rng.normal(1, 2, (2, 4, 3, 5, 6))
    mask = np.array([[1, 1, 1, 0], [1, 0, 0, 0]], bool)
    layer = layers.BatchNormalization(dtype=dtype)
    layer(x.astype(dtype), training=True, mask=mask)
    kept = x[mask].reshape(-1, 6)
    tolerance = 1e-10 if dtype == "float64" else 1e-5
    close(layer.moving_mean, 0.1 * kept.mean(0), tolerance)
    close(layer.moving_variance, 0.9 + 0.1 * kept.var(0, ddof=1), tolerance)


@pytest.mark.usefixtures("float64")
def test_gradient_of_the_fused_kernel_equals_double_precision(rng):
    x, cotangent = rng.normal(1, 2, (2, 3, 4, 5, 6)), rng.normal(size=(2, 3, 4, 5, 6))
    gradients = []
    for dtype in ("float64", "float32"):
        layer = layers.BatchNormalization(dtype=dtype)
        inputs = tf.constant(x, dtype)
        with tf.GradientTape() as tape:
            tape.watch(inputs)
            loss = tf.reduce_sum(layer(inputs, training=True) * cotangent.astype(dtype))
        gradients.append(tape.gradient(loss, [inputs, *layer.trainable_variables]))
    for double, single in zip(*gradients, strict=True):
        close(single, double, 1e-4)


@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("center", [True, False])
def test_bias_equals_one_added_to_the_inputs(training, center, rng):
    x, cotangent, bias = rng.normal(1, 2, (2, 3, 6)), rng.normal(size=(2, 3, 6)), rng.normal(size=6)
    results = []
    for added in (True, False):
        layer = layers.BatchNormalization(center=center)
        shift = tf.constant(bias)
        with tf.GradientTape() as tape:
            tape.watch(shift)
            arguments = {"inputs": x + shift} if added else {"inputs": x, "bias": shift}
            y = layer(**arguments, training=training)
        gradient = tape.gradient(y, shift, cotangent, tf.UnconnectedGradients.ZERO)
        results.append([y, gradient, layer.moving_mean, layer.moving_variance])
    for actual, wanted in zip(*results, strict=True):
        np.testing.assert_allclose(actual, wanted, atol=1e-10)


def test_frozen_layer_runs_in_inference_mode(rng):
    x = rng.normal(3, 2, (4, 6)).astype("float32")
    layer = layers.BatchNormalization()
    layer.trainable = False
    np.testing.assert_allclose(layer(x, training=True), layer(x), rtol=1e-6)
    np.testing.assert_array_equal(layer.moving_mean, np.zeros(6))


def test_scale_and_centre_may_be_absent(rng):
    x = rng.normal(size=(4, 3, 6)).astype("float32")
    layer = layers.BatchNormalization(center=False, scale=False)
    y = layer(x, training=True)
    assert len(layer.trainable_weights) == 0
    np.testing.assert_allclose(np.std(y, (0, 1)), 1, rtol=1e-3)


def test_only_the_last_axis_is_taken():
    with pytest.raises(ValueError, match=r"`axis` must be -1: .* Received: axis=1"):
        layers.BatchNormalization(axis=1)


def test_direct_coding_repeats_the_input(rng):
    x = rng.normal(size=(2, 4, 5, 3)).astype("float32")
    y = np.asarray(layers.DirectCoding(3)(x))
    assert y.shape == (2, 3, 4, 5, 3)
    for t in range(3):
        np.testing.assert_array_equal(y[:, t], x)
    with pytest.raises(ValueError, match=r"`time_steps` must be an integer of at least 1."):
        layers.DirectCoding(0)
