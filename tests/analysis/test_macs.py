"""Multiply-accumulates by hand."""

import keras
import pytest

from keras_snn import analysis, applications, layers
from tests.applications.miniatures import MINIATURES, miniature


def test_convolutions_and_dense_layers_by_hand():
    inputs = keras.Input((7, 6, 5, 2))
    conv = keras.layers.Conv2D(4, 3, strides=2, padding="same", name="conv")
    x = layers.TimeDistributed(conv, name="conv")(inputs)  # 3x3 positions
    x = layers.LIF()(x)
    x = layers.TimeDistributed(keras.layers.Flatten())(x)
    x = keras.layers.Dense(11, name="steps")(x)
    x = keras.layers.GlobalAveragePooling1D()(x)
    model = keras.Model(inputs, keras.layers.Dense(3, name="scores")(x))
    found = analysis.macs(model)
    assert found == {
        "conv": (3 * 3 * 3 * 3 * 2 * 4, 7),
        "steps": (36 * 11, 7),
        "scores": (11 * 3, 1),
    }
    assert found["conv"].total == 648 * 7


def test_the_stem_of_a_static_image_counts_once():
    found = analysis.macs(applications.SpikingResNet20(input_shape=(32, 30, 3), filters=(4,) * 4))
    assert found["stem_conv1"] == (32 * 30 * 9 * 3 * 4, 1)
    assert {entry.times for entry in found.values()} == {1, 2}


def test_attention_by_hand():
    inputs = keras.Input((6, 5, 4, 8))
    x = layers.SMA((1, 3), channel_reduction=4, time_reduction=2, name="sma")(inputs)
    x = layers.FSTA(frequency_size=3, reduction=3, name="fsta")(x)
    assert analysis.macs(keras.Model(inputs, x)) == {
        "sma/scale0": (5 * 4 * 64, 6),
        "sma/scale1": (5 * 4 * 9 * 64, 6),
        "sma/channel_branch": (3 * 8 * 2, 6),
        "sma/time_branch": (3 * 6 * 3, 1),
        "fsta/time_kernel": (36, 1),
        "fsta/filters": (5 * 4 * 9 * 9, 1),
        "fsta/conv0": (5 * 4 * 49 * 9 * 3, 1),
        "fsta/conv1": (5 * 4 * 49 * 3, 1),
    }


def test_other_layers_by_hand():
    inputs = keras.Input((8, 6, 4))
    x = keras.layers.DepthwiseConv2D(3, padding="same", name="depthwise")(inputs)
    x = keras.layers.Conv2DTranspose(2, 2, strides=2, name="up")(x)
    x = keras.layers.Conv2D(2, 1, groups=2, name="grouped")(x)
    x = keras.layers.Reshape((16, 24))(x)
    x = keras.layers.GRU(5, name="gru")(x)
    assert analysis.macs(keras.Model(inputs, x)) == {
        "depthwise": (8 * 6 * 9 * 4, 1),
        "up": (8 * 6 * 4 * 2 * 4, 1),
        "grouped": (16 * 12 * 2, 1),
        "gru": (3 * 24 * 5 + 3 * 5 * 5, 16),
    }


def test_shared_layers_and_networks_inside():
    dense = keras.layers.Dense(3, name="shared")
    inner = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, name="out")], name="inner")
    inputs = keras.Input((3,))
    model = keras.Model(inputs, inner(dense(dense(inputs))))
    assert analysis.macs(model) == {"shared": (18, 1), "inner/out": (6, 1)}


def test_a_free_number_of_time_steps_has_no_total():
    model = keras.Sequential([keras.Input((None, 4)), keras.layers.Dense(2, name="dense")])
    assert analysis.macs(model) == {"dense": (8, None)}
    assert analysis.macs(model)["dense"].total is None


@pytest.mark.parametrize("name", MINIATURES)
def test_every_family_is_counted(name):
    found = analysis.macs(miniature(name))
    assert "predictions" in found
    assert all(entry.once > 0 for entry in found.values())


def test_what_cannot_be_counted_is_refused():
    free = keras.Sequential([keras.Input((None, None, 3)), keras.layers.Conv2D(2, 3)])
    with pytest.raises(ValueError, match="`input_shape` must have fixed sizes"):
        analysis.macs(free)
    inputs = keras.Input((4, 6))
    attention = keras.layers.MultiHeadAttention(2, 3)(inputs, inputs)
    with pytest.raises(
        ValueError, match="`macs` must be a method of the layer class MultiHeadAttention"
    ):
        analysis.macs(keras.Model(inputs, attention))
