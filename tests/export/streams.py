"""Networks that become streams, and recordings for them."""

import keras
import numpy as np

from keras_snn import layers
from tests.applications.miniatures import liven


def network(*, mean=False, time_steps=6, **constants):
    """Convolution, neurons and a classifier, one output per step or their mean."""
    model_inputs = keras.Input((time_steps, 5, 6, 2))
    conv = keras.layers.Conv2D(3, 3, padding="same", name="conv")
    x = layers.TimeDistributed(conv)(model_inputs)
    x = layers.BatchNormalization(name="bn")(x)
    x = layers.LIF(v_threshold=0.3, learn_tau=True, name="lif", **constants)(x)
    x = layers.TimeDistributed(keras.layers.Flatten(), name="flatten")(x)
    x = keras.layers.GlobalAveragePooling1D(name="time")(x) if mean else x
    return liven(keras.Model(model_inputs, keras.layers.Dense(4, name="dense")(x)))


def recording(model, batch=2, time_steps=6):
    rng = np.random.default_rng(8)
    return rng.normal(0.5, 1.0, (batch, time_steps, *model.input_shape[2:])).astype("float32")


def agree(actual, wanted):
    np.testing.assert_allclose(actual, wanted, rtol=1e-5, atol=1e-6)


def with_attention(attention, time_steps):
    model_inputs = keras.Input((time_steps, 4, 5, 3))
    x = layers.LIF(v_threshold=0.3)(attention(model_inputs))
    x = layers.MeanOverTime()(layers.TimeDistributed(keras.layers.Flatten())(x))
    return liven(keras.Model(model_inputs, keras.layers.Dense(2)(x)))
