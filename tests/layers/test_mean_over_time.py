"""MeanOverTime against Keras, and over nothing."""

import keras
import numpy as np

import keras_snn
from keras_snn import layers


def test_mean_over_time_equals_keras_and_is_zero_over_nothing(rng):
    x = rng.normal(size=(3, 4, 5)).astype("float32")
    mask = np.array([[1, 1, 1, 1], [1, 0, 1, 0], [0, 0, 0, 0]], bool)
    found = np.asarray(layers.MeanOverTime()(x, mask=mask))
    wanted = keras.layers.GlobalAveragePooling1D(data_format="channels_last")(x, mask=mask)
    np.testing.assert_allclose(found[:2], wanted[:2], rtol=1e-6)
    np.testing.assert_array_equal(found[2], np.zeros(5))


def test_recording_without_events_gives_the_bias_and_trains_on():
    network = keras_snn.applications.VGG8(
        input_shape=(3, 32, 32, 2), classes=3, filters=(2, 2, 2, 2, 2), units=(4, 4)
    )
    assert isinstance(network.get_layer("time_pool"), layers.MeanOverTime)
    features = keras.Input((3, 4))
    masked = keras.layers.Masking()(features)
    scores = keras.layers.Dense(2, activation="softmax")(
        layers.MeanOverTime()(layers.LIF()(masked))
    )
    model = keras.Model(features, scores)
    x = np.ones((2, 3, 4), "float32")
    x[1] = 0
    np.testing.assert_array_equal(model.predict(x, verbose=0)[1], [0.5, 0.5])
    model.compile("sgd", "sparse_categorical_crossentropy")
    model.fit(x, np.array([0, 1]), verbose=0)
    assert all(np.isfinite(w).all() for w in model.get_weights())


def test_integers_are_averaged_as_floats(rng):
    x = rng.integers(0, 3, (2, 5, 4)).astype("uint8")
    found = layers.MeanOverTime()(x)
    np.testing.assert_allclose(found, x.astype("float32").mean(1), rtol=1e-6)
