"""Callbacks write rates into logs and warn once."""

import csv
import warnings

import keras
import numpy as np
import pytest

import keras_snn
from keras_snn.callbacks import FiringRateMonitor
from keras_snn.layers import LIF


@pytest.fixture
def model():
    inputs = keras.Input((4, 3))
    x = LIF(v_threshold=100.0, name="mute")(inputs)
    x = LIF(v_threshold=0.1, name="loud")(keras.layers.add([x, inputs]))
    x = LIF(tau=4.0, decay_input=False, name="good")(keras.layers.Rescaling(0.5)(x))
    model = keras.Model(inputs, keras.layers.Dense(1)(keras.layers.Flatten()(x)))
    model.compile("sgd", "mse")
    return model


def _fit(model, callbacks, epochs=3):
    x, y = np.ones((8, 4, 3), "float32"), np.ones((8, 1))
    return model.fit(x, y, epochs=epochs, verbose=0, callbacks=callbacks).history, x


def test_rates_stand_in_the_history_and_the_csv(model, tmp_path):
    x = np.ones((8, 4, 3), "float32")
    log = tmp_path / "log.csv"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        history, x = _fit(model, [FiringRateMonitor(x), keras.callbacks.CSVLogger(log)])
    rates = keras_snn.analysis.firing_rates(model, x)
    for path in ("mute", "loud", "good"):
        assert history[f"firing_rate/{path}"] == [rates.by_step[path].mean()] * 3
    with log.open() as file:
        row = list(csv.DictReader(file))[-1]
    assert float(row["firing_rate/good"]) == rates.by_step["good"].mean()


def test_one_warning_a_layer(model):
    with pytest.warns(UserWarning, match="firing rate") as caught:
        _fit(model, [FiringRateMonitor(np.ones((2, 4, 3), "float32"))])
    ours = [str(w.message) for w in caught if "firing rate" in str(w.message)]
    assert len(ours) == 2
    assert "`mute` is silent" in ours[0]
    assert "calibrate" in ours[0]
    assert "`loud` is saturated" in ours[1]


@pytest.mark.parametrize("limits", [{"low": -0.1}, {"low": 0.6}, {"high": 1.5}])
def test_wrong_limits_are_refused(limits):
    with pytest.raises(ValueError, match="must be"):
        FiringRateMonitor(None, **limits)
