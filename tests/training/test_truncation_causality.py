"""What TruncatedBPTT refuses, as it would read other time steps than those of a window."""

import keras
import numpy as np
import pytest

from keras_snn import layers
from keras_snn.training import TruncatedBPTT


def before_neurons(layer):
    """A network whose neurons are silent, as its first weights are too small."""
    model_inputs = keras.Input((8, 6))
    return keras.Model(model_inputs, layers.LIF(v_threshold=1e6)(layer(model_inputs)))


OTHER_STEPS = {
    "conv": keras.layers.Conv1D(6, 3, padding="same", name="mixer"),
    "causal": keras.layers.Conv1D(6, 3, padding="causal", name="mixer"),
    "pool": keras.layers.AveragePooling1D(3, 1, padding="same", name="mixer"),
    "norm": keras.layers.LayerNormalization(axis=1, name="mixer"),
    "both": keras.layers.Bidirectional(keras.layers.GRU(3, return_sequences=True), name="mixer"),
    "lambda": keras.layers.Lambda(lambda x: x[:, ::-1], name="mixer"),
    "flip": lambda x: keras.ops.flip(x, axis=1),
    "cumsum": lambda x: keras.ops.cumsum(x, axis=1),
    "slice": lambda x: x[:, ::-1],
    "mean": lambda x: x - keras.ops.mean(x, axis=1, keepdims=True),
    "roll": lambda x: keras.ops.roll(x, 1, axis=1),
    "transpose": lambda x: keras.ops.transpose(x, (0, 2, 1)),
}


@pytest.mark.parametrize("name", OTHER_STEPS)
def test_what_reads_other_steps_is_refused_though_its_neurons_are_silent(name):
    model = before_neurons(OTHER_STEPS[name])
    with pytest.raises(
        ValueError, match=r"`(model|causal)` must .*mixer|`model` must .*operation="
    ):
        TruncatedBPTT(model, 4)


def test_attention_and_volumes_are_refused():
    model_inputs = keras.Input((8, 6))
    attention = keras.layers.MultiHeadAttention(2, 3, name="mixer")(model_inputs, model_inputs)
    with pytest.raises(ValueError, match="'mixer' is not known"):
        TruncatedBPTT(keras.Model(model_inputs, layers.LIF()(attention)), 4)
    frames = keras.Input((8, 6, 6, 2))
    volumes = keras.layers.Conv3D(2, 3, padding="same", name="mixer")(frames)
    with pytest.raises(ValueError, match="'mixer' is not known"):
        TruncatedBPTT(keras.Model(frames, layers.LIF()(volumes)), 4)


@keras.saving.register_keras_serializable(package="tests")
class Liar(keras.layers.Layer):
    """Says that it is causal, and turns the time around."""

    causal = True

    def call(self, inputs):
        return keras.ops.flip(inputs, axis=1)


def test_a_layer_that_is_wrong_about_itself_is_found_by_the_proof():
    with pytest.raises(ValueError, match="'liar' changes with later steps"):
        TruncatedBPTT(before_neurons(Liar(name="liar")), 4)


def test_operations_on_single_steps_are_accepted():
    model_inputs = keras.Input((8, 6))
    x = keras.ops.relu(model_inputs) * 2.0 + keras.ops.softmax(model_inputs, axis=-1)
    x = layers.LIF()(keras.ops.concatenate([x, model_inputs[:, :, 1:]], axis=-1))
    TruncatedBPTT(keras.Model(model_inputs, keras.ops.mean(x, axis=1)), 4)


def test_a_network_inside_the_network():
    inner = keras.Sequential([keras.Input((8, 6)), keras.layers.Dense(5), layers.LIF()])
    model = keras.Sequential([keras.Input((8, 6)), inner, layers.LIF(), keras.layers.Dense(2)])
    trainer = TruncatedBPTT(model, 4)
    trainer.compile("sgd", "mse")
    trainer.train_on_batch(np.ones((2, 8, 6)), np.ones((2, 8, 2)))
    mixer = keras.layers.Conv1D(2, 3, padding="same", name="mixer")
    inner = keras.Sequential([keras.Input((8, 6)), mixer])
    model = keras.Sequential([keras.Input((8, 6)), inner, layers.LIF()])
    with pytest.raises(ValueError, match="'mixer' is not known"):
        TruncatedBPTT(model, 4)
