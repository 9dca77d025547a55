"""Networks that would be silent fire, and learn."""

import keras
import numpy as np
import pytest

import keras_snn
from keras_snn.layers import LIF, BatchNormalization
from keras_snn.training import calibrate


def _network(layers=6, units=24, between=()):
    inputs = keras.Input((3, 8))
    x = inputs
    for number in range(layers):
        x = keras.layers.Dense(units)(x)
        for make in between:
            x = make()(x)
        x = LIF(name=f"lif{number}")(x)
    return keras.Model(inputs, keras.layers.Dense(2)(keras_snn.layers.MeanOverTime()(x)))


@pytest.fixture
def x(rng):
    return np.repeat(rng.random((64, 1, 8)), 3, 1).astype("float32")


def test_every_layer_fires_at_the_wanted_rate(x):
    keras.utils.set_random_seed(1)
    model = _network()
    before = keras_snn.analysis.firing_rates(model, x)
    assert before.by_step["lif5"].max() == 0
    after = calibrate(model, x, rate=0.2)
    np.testing.assert_allclose([r.mean() for r in after.by_step.values()], 0.2, atol=0.01)


def test_a_silent_network_learns_after_it(x):
    y = (x[:, 0, 0] > x[:, 0, 1]).astype("int32")
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    guess = -sum(p * np.log(p) for p in np.bincount(y) / len(y))  # what a constant reaches
    losses = []
    for calibrated in (False, True):
        keras.utils.set_random_seed(1)
        model = _network()
        if calibrated:
            calibrate(model, x)
        model.compile(keras.optimizers.Adam(1e-2), loss)
        losses.append(model.fit(x, y, epochs=25, verbose=0).history["loss"][-1])
    assert losses[0] > 0.99 * guess
    assert losses[1] < 0.7 * guess


def test_dropout_and_pooling_may_stand_between(x):
    between = (lambda: keras.layers.Dropout(0.5), lambda: keras.layers.Reshape((3, 24)))
    after = calibrate(_network(2, between=between), x, rate=0.3)
    np.testing.assert_allclose([r.mean() for r in after.by_step.values()], 0.3, atol=0.01)


def test_batch_normalization_is_left_alone(x):
    model = _network(2, between=(BatchNormalization,))
    weights = model.get_weights()
    calibrate(model, x)
    for old, new in zip(weights, model.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


def test_currents_of_two_branches_are_refused(x):
    inputs = keras.Input((3, 8))
    dense = keras.layers.Dense(8, kernel_initializer="ones")
    both = keras.layers.add([dense(inputs), inputs])
    model = keras.Model(inputs, LIF(name="sum")(both))
    with pytest.raises(ValueError, match="proportional to the kernel"):
        calibrate(model, x, rate=0.9)


def test_a_rate_out_of_reach_is_refused(x):
    inputs = keras.Input((3, 8))
    negative = keras.initializers.Constant(-1.0)
    model = keras.Model(inputs, LIF()(keras.layers.Dense(4, kernel_initializer=negative)(inputs)))
    with pytest.raises(ValueError, match="`rate` must be a rate that"):
        calibrate(model, x)


def test_layers_behind_a_silenced_normalization_are_named(x):
    inputs = keras.Input((3, 8))
    hidden = LIF(name="first")(BatchNormalization()(keras.layers.Dense(24)(inputs)))
    model = keras.Model(inputs, LIF(name="second")(keras.layers.Dense(24)(hidden)))
    sentence = "`model` must give `second` currents other than zero; `refresh_statistics"
    with pytest.raises(ValueError, match=sentence):
        calibrate(model, 0.01 * x)
    keras_snn.training.refresh_statistics(model, 0.01 * x)
    calibrate(model, 0.01 * x, rate=0.02)
