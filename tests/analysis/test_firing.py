"""Firing rates and heat maps, by hand and against sub-models."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_snn import analysis, layers


def network():
    inputs = keras.Input((4, 6, 5, 2))
    x = layers.TimeDistributed(keras.layers.Conv2D(8, 3, padding="same"))(inputs)
    x = layers.SMA((1, 3), time_reduction=2, name="attention")(x)
    x = layers.LIF(v_threshold=0.05, name="neurons")(x)
    x = keras.layers.Reshape((4, -1))(x)
    cell = layers.LIFCell(6 * 5 * 8, v_threshold=0.1)
    x = keras.layers.RNN(cell, return_sequences=True, name="cells")(x)
    return keras.Model(inputs, x)


def test_every_spiking_layer_is_found_by_its_path():
    paths = list(analysis.spiking_layers(network()))
    assert paths == ["attention/scale0/act", "attention/scale1/act", "neurons", "cells"]


def test_rates_equal_the_means_of_the_outputs(rng):
    model = network()
    x = rng.normal(1, 2, (5, 4, 6, 5, 2)).astype("float32")
    rates = analysis.firing_rates(model, x)
    for name in ("neurons", "cells"):
        outputs = keras.Model(model.input, model.get_layer(name).output)(x)
        assert rates[name] == pytest.approx(float(tf.reduce_mean(outputs)), rel=1e-6)
        assert 0 < rates[name] < 1
    dataset = tf.data.Dataset.from_tensor_slices((x, np.zeros(5))).batch(2)
    by_batches = analysis.firing_rates(model, dataset)
    assert by_batches == pytest.approx(rates, rel=1e-5)


def test_recording_leaves_the_model_as_it_was(rng):
    model = network()
    x = rng.normal(1, 2, (2, 4, 6, 5, 2)).astype("float32")
    before = model.predict(x, verbose=0)
    layer = model.get_layer("neurons")
    analysis.record_spikes(model, x)
    assert "call" not in vars(layer)
    np.testing.assert_array_equal(model.predict(x, verbose=0), before)


def test_a_model_without_spikes_is_refused():
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    with pytest.raises(ValueError, match="`model` must have at least one spiking layer"):
        analysis.firing_rates(model, np.zeros((2, 3)))
    with pytest.raises(ValueError, match="`data` must have at least one sample"):
        analysis.firing_rates(network(), [])


def test_heat_map_by_hand():
    spikes = np.zeros((1, 2, 2, 2, 3))
    spikes[0, 0, 0, 0] = 1  # three spikes
    spikes[0, 0, 1, 1, :1] = 1  # one spike
    spikes[0, 1] = 1  # constant
    maps = analysis.heat_maps(spikes)
    np.testing.assert_allclose(maps[0, 0], [[1, 0], [0, 1 / 3]], rtol=1e-6)
    np.testing.assert_array_equal(maps[0, 1], np.zeros((2, 2)))
    with pytest.raises(ValueError, match="`spikes` must have the axes"):
        analysis.heat_maps(spikes[0])
