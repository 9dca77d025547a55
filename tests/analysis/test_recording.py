"""The pass over data: any model, any form of data, and nothing changed afterwards."""

import threading

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_snn import analysis, layers, training


class Subclassed(keras.Model):
    """SMA, whose neurons exist once it is built, and LIF."""

    def __init__(self):
        super().__init__()
        self.attention = layers.SMA((1, 3), channel_reduction=2, time_reduction=2, name="sma")
        self.lif = layers.LIF(v_threshold=0.2, name="lif")

    def call(self, inputs):
        return self.lif(self.attention(inputs))


class OwnCell(keras.layers.Layer):
    """A cell of one's own with a spiking cell inside."""

    def __init__(self):
        super().__init__()
        self.dense = keras.layers.Dense(5)
        self.neurons = layers.LIFCell(5, v_threshold=0.2, name="neurons")
        self.state_size = 5

    def build(self, input_shape):
        self.dense.build(input_shape)
        self.neurons.build((None, 5))

    def call(self, inputs, states):
        return self.neurons(self.dense(inputs), states)


def vectors(steps=4):
    """A network of vectors with one LIF layer."""
    inputs = keras.Input((steps, 3))
    x = layers.LIF(v_threshold=0.3, name="lif")(keras.layers.Dense(5, name="dense")(inputs))
    return keras.Model(inputs, x, name="vectors")


def two_inputs():
    inputs = {"a": keras.Input((4, 3), name="a"), "b": keras.Input((4, 3), name="b")}
    x = layers.LIF(v_threshold=0.3, name="lif")(keras.layers.Add()(list(inputs.values())))
    return inputs, x


def test_an_unbuilt_subclassed_model_has_the_same_layers_at_both_calls(rng):
    model, x = Subclassed(), rng.normal(1, 1, (3, 4, 5, 6, 2)).astype("float32")
    first, second = analysis.firing_rates(model, x), analysis.firing_rates(model, x)
    assert list(first) == ["sma/scale0/act", "sma/scale1/act", "lif"]
    assert first.to_dict() == second.to_dict()


def test_a_spiking_cell_inside_a_cell_of_ones_own_is_seen(rng):
    inputs = keras.Input((6, 3))
    x = keras.layers.RNN(OwnCell(), return_sequences=True, name="rnn")(inputs)
    model, data = keras.Model(inputs, x), rng.normal(size=(2, 6, 3)).astype("float32")
    (spikes,) = analysis.record_spikes(model, data).values()
    np.testing.assert_array_equal(spikes, model.predict(data, verbose=0))
    assert not model.get_layer("rnn").unroll


@pytest.mark.parametrize("wrap", [training.rematerialize, lambda m: training.TruncatedBPTT(m, 2)])
def test_wrapped_networks_have_the_rates_of_what_they_wrap(wrap, rng):
    model, x = vectors(), rng.normal(1, 1, (3, 4, 3)).astype("float32")
    wrapped = analysis.firing_rates(wrap(model), x)
    assert list(wrapped.values()) == list(analysis.firing_rates(model, x).values())


def test_data_of_every_form_have_the_same_rates(rng):
    a, b = rng.normal(1, 1, (2, 40, 4, 3)).astype("float32")
    (inputs, x), labels = two_inputs(), np.zeros(40)
    by_name = keras.Model(inputs, x)
    in_order = keras.Model(list(inputs.values()), x)
    expected = analysis.firing_rates(by_name, {"a": a, "b": b})
    assert 0 < expected["lif"] < 1
    forms = [
        (by_name, ({"a": a, "b": b}, labels)),
        (by_name, tf.data.Dataset.from_tensor_slices(({"a": a, "b": b}, labels)).batch(7)),
        (by_name, [{"a": a, "b": b}]),
        (in_order, [a, b]),
        (in_order, ([a, b], labels)),
        (in_order, [([a, b], labels)]),
    ]
    for model, data in forms:
        assert analysis.firing_rates(model, data).to_dict() == expected.to_dict()


def test_a_pair_of_inputs_and_labels_is_one_set_of_data(rng):
    model, x = vectors(), rng.normal(1, 1, (5, 4, 3)).astype("float32")
    assert analysis.firing_rates(model, (x, np.zeros(5))) == analysis.firing_rates(model, x)


def test_an_error_leaves_every_layer_as_it_was(rng):
    model = vectors()
    with pytest.raises(ValueError, match="expected shape"):
        analysis.firing_rates(model, rng.normal(size=(5, 4, 7)))
    assert not any("call" in vars(layer) for layer in model._flatten_layers())


def test_threads_do_not_see_each_other(rng):
    model = vectors()
    data = [rng.normal(n, 1, (5, 4, 3)).astype("float32") for n in range(4)]
    expected = [dict(analysis.firing_rates(model, x)) for x in data]
    found = [{} for _ in data]

    def measure(n):
        for _ in range(3):
            found[n] = dict(analysis.firing_rates(model, data[n]))

    threads = [threading.Thread(target=measure, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == expected
    assert "call" not in vars(model.get_layer("lif"))
