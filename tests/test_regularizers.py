"""The band of firing rates, by hand and in training."""

import keras
import numpy as np
import pytest

import keras_snn
from keras_snn.regularizers import FiringRateBand
from tests.gradients import value_and_gradient


def test_penalty_and_gradient_are_those_of_the_formula(rng):
    s = (rng.random((3, 4, 2, 5)) < 0.3).astype("float64")
    s[..., 0], s[..., 1] = 0, 1
    band = FiringRateBand(0.2, 0.4, weight=0.7)
    rates = s.mean((0, 1, 2))
    below, above = np.maximum(0, 0.2 - rates), np.maximum(0, rates - 0.4)
    value, gradient = value_and_gradient(lambda x: band(x) / 3, s)  # Keras divides by the batch
    assert value == pytest.approx(0.7 * np.mean(below**2 + above**2), abs=1e-9)
    wanted = 0.7 * 2 * (above - below) / 5 / 24
    np.testing.assert_allclose(gradient, np.broadcast_to(wanted, s.shape), atol=1e-9)


def test_the_penalty_joins_the_loss_whatever_the_batch_size(rng):
    inputs = keras.Input((4, 3))
    lif = keras_snn.layers.LIF(activity_regularizer=FiringRateBand(0.6, 0.9))
    model = keras.Model(inputs, lif(inputs))
    x = np.tile(rng.normal(0.5, 1, (1, 4, 3)), (6, 1, 1))
    losses = []
    for batch in (2, 6):
        model(x[:batch])
        losses.append(float(model.losses[0]))
    rates = np.asarray(model(x)).mean((0, 1))
    assert losses == pytest.approx([np.mean(np.maximum(0, 0.6 - rates) ** 2)] * 2, rel=1e-6)
    assert losses[0] > 0


@pytest.mark.parametrize("scale", [0.3, 3.0])
def test_rates_move_into_the_band(scale, rng):
    x = rng.random((16, 5, 6)).astype("float32")
    band = FiringRateBand(0.2, 0.3, weight=10.0)
    lif = keras_snn.layers.LIF(activity_regularizer=band, name="lif")
    model = keras.Sequential([keras.Input((5, 6)), keras.layers.Dense(8), lif])
    model.compile(keras.optimizers.Adam(0.05), lambda y, p: 0.0 * keras.ops.mean(p, axis=(1, 2)))
    model.layers[0].set_weights([rng.random((6, 8)) * scale, np.zeros(8)])
    before = keras_snn.analysis.firing_rates(model, x)["lif"]
    model.fit(x, np.zeros(16), epochs=100, verbose=0)
    after = keras_snn.analysis.firing_rates(model, x)["lif"]
    assert not 0.15 < before < 0.35
    assert 0.15 < after < 0.35


def test_it_goes_through_files(tmp_path):
    band = FiringRateBand(0.05, 0.3, weight=0.1)
    lif = keras_snn.layers.LIF(activity_regularizer=band)
    keras.Sequential([keras.Input((5, 6)), lif]).save(tmp_path / "m.keras")
    loaded = keras.models.load_model(tmp_path / "m.keras").layers[0].activity_regularizer
    assert isinstance(loaded, FiringRateBand)
    assert loaded.get_config() == band.get_config()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((-0.1, 0.5), "`low` must be a finite number of at least 0"),
        ((0.4, 0.3), "`high` must be a finite number of at least 0.4"),
        ((0.4, 1.5), "`high` must be at most 1"),
        ((0.1, 0.5, -1), "`weight` must be a finite number of at least 0"),
    ],
)
def test_wrong_arguments_are_refused(arguments, sentence):
    with pytest.raises(ValueError, match=sentence):
        FiringRateBand(*arguments)
