"""Threshold-dependent batch normalization, against NumPy."""

import keras
import numpy as np
import pytest

from keras_snn.layers import LIF, ThresholdBatchNormalization


@pytest.mark.parametrize("scale", [True, False])
@pytest.mark.parametrize("training", [True, False])
def test_outputs_and_statistics_are_those_of_the_formula(training, scale, rng):
    norm = ThresholdBatchNormalization(
        0.5, alpha=0.7, scale=scale, gamma_initializer="random_uniform", dtype="float64"
    )
    x = rng.normal(2, 3, (4, 3, 5, 6))
    norm.build(x.shape)
    norm.moving_mean.assign(rng.normal(size=6))
    norm.moving_variance.assign(rng.uniform(1, 2, 6))
    mean, variance = np.asarray(norm.moving_mean), np.asarray(norm.moving_variance)
    running = 0.9 * mean + 0.1 * x.mean((0, 1, 2))
    if training:
        mean, variance = x.mean((0, 1, 2)), x.var((0, 1, 2))
    gamma = np.asarray(norm.gamma) if scale else 1.0
    wanted = 0.7 * 0.5 * (x - mean) / np.sqrt(variance + 1e-5) * gamma + np.asarray(norm.beta)
    np.testing.assert_allclose(norm(x, training=training), wanted, rtol=0, atol=1e-9)
    if training:
        np.testing.assert_allclose(norm.moving_mean, running, rtol=0, atol=1e-9)


@pytest.mark.parametrize("v_threshold", [0.25, 1.0, 4.0])
def test_neurons_fire_alike_at_every_threshold(v_threshold, rng):
    x = rng.normal(3, 5, (16, 8, 20)).astype("float32")
    norm = ThresholdBatchNormalization(v_threshold)
    spikes = LIF(v_threshold=v_threshold)(norm(x, training=True))
    assert float(keras.ops.mean(spikes)) == pytest.approx(0.05, abs=0.03)


def test_gradient_reaches_gamma_with_the_factor(rng):
    import tensorflow as tf

    norm = ThresholdBatchNormalization(0.5, alpha=0.7, dtype="float64")
    x = rng.normal(size=(8, 3))
    with tf.GradientTape() as tape:
        y = tf.reduce_sum(norm(x, training=True) ** 2)
    normalized = (x - x.mean(0)) / np.sqrt(x.var(0) + 1e-5)
    wanted = 2 * 0.35**2 * (normalized**2).sum(0)
    np.testing.assert_allclose(tape.gradient(y, norm.gamma.value), wanted, rtol=1e-9)


@pytest.mark.parametrize("argument", ["v_threshold", "alpha"])
def test_wrong_arguments_are_refused(argument):
    with pytest.raises(ValueError, match=f"`{argument}` must be a finite number greater than 0"):
        ThresholdBatchNormalization(**{argument: 0.0})
