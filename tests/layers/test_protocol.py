"""Layers tell whether they are causal and what they cost."""

import inspect

import keras
import numpy as np
import pytest

from keras_snn import layers
from keras_snn.layers.protocol import KERAS, Macs, is_causal, macs_of, parts_of

CAUSAL = {
    "LIF": lambda: layers.LIF(v_threshold=0.3),
    "IF": lambda: layers.IF(v_threshold=0.3),
    "dense": lambda: keras.layers.Dense(3),
    "normalization": lambda: keras.layers.LayerNormalization(),
    "steps": lambda: layers.TimeDistributed(keras.layers.Dense(3)),
    "keras steps": lambda: keras.layers.TimeDistributed(keras.layers.Dense(3)),
    "causal convolution": lambda: keras.layers.Conv1D(3, 2, padding="causal"),
    "recurrent": lambda: keras.layers.GRU(3, return_sequences=True),
    "cell": lambda: keras.layers.RNN(layers.LIFCell(4, v_threshold=0.3), return_sequences=True),
    "reshape": lambda: keras.layers.Reshape((6, 2, 2)),
    "softmax": lambda: keras.layers.Softmax(),
    "network": lambda: keras.Sequential([keras.Input((6, 4)), layers.LIF(v_threshold=0.3)]),
    "spectral": lambda: keras.layers.SpectralNormalization(keras.layers.Dense(3)),
}
MIXING = {
    "convolution": lambda: keras.layers.Conv1D(3, 3, padding="same"),
    "pool": lambda: keras.layers.AveragePooling1D(3, 1, padding="same"),
    "normalization over time": lambda: keras.layers.LayerNormalization(axis=1),
    "groups": lambda: keras.layers.GroupNormalization(2),
    "backwards": lambda: keras.layers.GRU(3, return_sequences=True, go_backwards=True),
    "both ways": lambda: keras.layers.Bidirectional(keras.layers.GRU(3, return_sequences=True)),
    "softmax over time": lambda: keras.layers.Softmax(axis=1),
    "network": lambda: keras.Sequential(
        [keras.Input((6, 4)), keras.layers.Conv1D(3, 3, 1, "same")]
    ),
}


def depends_on_later_steps(layer):
    """Whether the first three outputs change with the last three inputs."""
    x = np.random.default_rng(1).normal(0.5, 1.0, (2, 6, 4)).astype("float32")
    other = x.copy()
    other[:, 3:] += 1.0
    return not np.allclose(layer(x)[:, :3], layer(other)[:, :3], atol=1e-6)


@pytest.mark.parametrize("name", CAUSAL)
def test_causal_layers_do_not_read_later_steps(name):
    layer = CAUSAL[name]()
    if name == "reshape":
        inputs = keras.Input((6, 4))
        layer(inputs)
    assert not depends_on_later_steps(layer)
    assert is_causal(layer)


@pytest.mark.parametrize("name", MIXING)
def test_layers_that_read_later_steps_say_so(name):
    layer = MIXING[name]()
    assert depends_on_later_steps(layer)
    assert not is_causal(layer)


def test_attention_is_causal_without_its_time_branch_alone():
    def sma(**arguments):
        layer = layers.SMA((1, 3), channel_reduction=2, **arguments)
        layer.build((None, 4, 5, 6, 4))
        return layer

    assert not is_causal(sma())
    assert is_causal(sma(time_attention=False))
    assert not is_causal(sma(time_attention=False, lightweight=True))
    assert not is_causal(sma(time_attention=False, azo=layers.AZO()))
    assert not is_causal(layers.FSTA())
    assert not is_causal(layers.AZO())


def test_every_public_layer_answers():
    for name in layers.__all__:
        kind = getattr(layers, name)
        if isinstance(kind, type):
            known = any(base in KERAS for base in kind.__mro__)
            assert known or (hasattr(kind, "causal") and hasattr(kind, "macs")), name


def test_every_row_of_keras_is_one_of_its_layers():
    assert all(inspect.isclass(kind) and issubclass(kind, keras.layers.Layer) for kind in KERAS)


class Mine(keras.layers.Layer):
    """A layer that says nothing."""

    def call(self, inputs):
        return inputs


class Told(Mine):
    """A layer that answers."""

    causal = False

    def macs(self, input_shape):
        return 7 * input_shape[1]


def test_a_layer_of_ones_own_answers_or_is_named():
    assert not is_causal(Told())
    assert macs_of(Told(), (None, 6, 4)) == 42
    assert parts_of(Told(), (None, 6, 4)) == {"": Macs(42, 1)}
    sentence = "`causal` must be an attribute of the layer class Mine. Received: layer='quiet'"
    with pytest.raises(ValueError, match=sentence):
        is_causal(Mine(name="quiet"))
    sentence = "`macs` must be a method of the layer class Mine. Received: layer='quiet'"
    with pytest.raises(ValueError, match=sentence):
        macs_of(Mine(name="quiet"), (None, 6, 4))


def test_products_of_kerass_layers_by_hand():
    def built(layer, shape):
        layer.build(shape)
        return macs_of(layer, shape)

    assert built(keras.layers.Dense(3), (None, 6, 4)) == 6 * 4 * 3
    assert built(keras.layers.Conv1D(3, 2, padding="causal"), (None, 6, 4)) == 6 * 2 * 4 * 3
    assert built(keras.layers.SeparableConv2D(5, 3), (None, 6, 5, 2)) == 4 * 3 * (9 * 2 + 2 * 5)
    assert built(keras.layers.Bidirectional(keras.layers.LSTM(3)), (None, 6, 4)) == (
        2 * 6 * (4 * 12 + 3 * 12)
    )
    assert built(layers.TimeDistributed(keras.layers.Dense(3)), (None, 6, 4)) == 72
    assert built(keras.layers.ReLU(), (None, 6, 4)) == 0
    with pytest.raises(ValueError, match="`input_shape` must have fixed sizes"):
        built(keras.layers.Dense(3), (None, None, 4))
