"""Surrogates: values by hand, areas, gradients, lookup."""

import math

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_snn import surrogates

BY_HAND = {
    "atan": (surrogates.ATan(2.0), 0.5, 1 / (1 + (math.pi * 0.5) ** 2)),
    "sigmoid": (surrogates.Sigmoid(4.0), 0.0, 1.0),
    "rectangular": (surrogates.Rectangular(0.5), 0.2, 2.0),
    "tanh": (surrogates.Tanh(1.0), 0.0, 1 / (2 * math.tanh(0.5))),
    "fast_sigmoid": (surrogates.FastSigmoid(4.0), -0.25, 0.25),
    "gaussian": (surrogates.Gaussian(0.5), 0.5, math.exp(-0.5) / (0.5 * math.sqrt(2 * math.pi))),
    "triangular": (surrogates.Triangular(2.0), -1.0, 0.25),
}


@pytest.mark.parametrize("name", BY_HAND)
def test_derivative_worked_out_by_hand(name):
    surrogate, u, wanted = BY_HAND[name]
    np.testing.assert_allclose(surrogate.derivative(tf.constant(u, "float64")), wanted, rtol=1e-12)


@pytest.mark.parametrize("name", surrogates.NAMES)
def test_every_name_gives_its_surrogate_which_survives_serialisation(name):
    surrogate = surrogates.get(name)
    config = surrogates.serialize(surrogate)
    again = surrogates.get(config)
    assert type(again) is surrogates.NAMES[name]
    assert again.get_config() == surrogate.get_config()
    assert name in BY_HAND


@pytest.mark.parametrize("name", ["atan", "sigmoid", "rectangular", "gaussian", "triangular"])
def test_derivative_has_the_area_of_a_step(name):
    u = np.linspace(-400, 400, 4_000_001)
    area = np.trapezoid(surrogates.get(name).derivative(tf.constant(u)), u)
    assert abs(area - 1) < 2e-3


def test_spike_is_a_step_with_the_surrogate_as_gradient():
    spike = surrogates.ATan(3.0)
    u = tf.constant([-0.3, 0.0, 0.4])
    with tf.GradientTape() as tape:
        tape.watch(u)
        s = spike(u)
    np.testing.assert_array_equal(s, [0, 1, 1])
    np.testing.assert_allclose(tape.gradient(s, u), spike.derivative(u))


@keras.saving.register_keras_serializable(package="tests")
class Flat(surrogates.Surrogate):
    """A surrogate of a user's own."""

    def derivative(self, u):
        return keras.ops.ones_like(u)


def test_a_surrogate_of_ones_own_is_taken():
    assert surrogates.get(Flat()).get_config() == {}
    assert isinstance(surrogates.get(surrogates.serialize(Flat())), Flat)


@pytest.mark.parametrize(
    ("make", "name"),
    [
        (surrogates.ATan, "alpha"),
        (surrogates.Rectangular, "width"),
        (surrogates.Gaussian, "sigma"),
    ],
)
def test_parameter_must_be_positive(make, name):
    for value in (0.0, -1.0, float("nan"), "2"):
        with pytest.raises(ValueError, match=f"`{name}` must be a finite number greater than 0."):
            make(value)


def test_unknown_surrogate_lists_the_known_ones():
    with pytest.raises(ValueError, match=r"'atan', 'sigmoid', .*Received: surrogate='step'"):
        surrogates.get("step")
