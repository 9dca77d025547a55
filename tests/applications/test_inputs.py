"""Inputs and settings that are not the usual ones: integers, a global image format, free sizes."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_snn.layers.adaptive_average_pooling2d import AdaptiveAveragePooling2D
from tests.applications.miniatures import FRAMES, MINIATURES, inputs, liven, miniature, mostly_slow


def configs(model):
    """The classes and configurations of all layers but the input, whose name counts up."""
    return [keras.saving.serialize_keras_object(layer)["config"] for layer in model.layers[1:]]


@pytest.fixture
def channels_first():
    before = keras.config.image_data_format()
    yield lambda: keras.config.set_image_data_format("channels_first")
    keras.config.set_image_data_format(before)


HEADLESS = {"include_top": False, "pooling": "max"}


@pytest.mark.parametrize(
    ("name", "headless"), [*((name, {}) for name in MINIATURES), ("VGG8", HEADLESS)]
)
def test_channels_come_last_whatever_the_global_format(name, headless, channels_first):
    usual = miniature(name, **headless)
    channels_first()
    model = miniature(name, **headless)
    assert model.output_shape == usual.output_shape
    assert model.count_params() == usual.count_params()
    assert configs(model) == configs(usual)


@pytest.mark.parametrize("name", ["SMAVGG8", "SpikingResNet19"])
def test_outputs_are_the_same_under_the_global_format(name, channels_first):
    usual = liven(miniature(name))
    wanted = usual.predict(inputs(usual), verbose=0)
    channels_first()
    model = miniature(name)
    model.set_weights(usual.get_weights())
    np.testing.assert_array_equal(model.predict(inputs(usual), verbose=0), wanted)


def test_counts_of_events_are_taken_as_they_are():
    model = liven(
        miniature("VGG8", input_shape=None, input_tensor=keras.Input(FRAMES, dtype="uint8"))
    )
    plain = miniature("VGG8")
    plain.set_weights(model.get_weights())
    counts = np.random.default_rng(2).integers(0, 4, (3, *FRAMES)).astype("uint8")
    wanted = plain.predict(counts.astype("float32"), verbose=0)
    for network in (model, plain):
        np.testing.assert_allclose(network.predict(counts, verbose=0), wanted, rtol=1e-6)
    model.compile(keras.optimizers.SGD(0.1), "sparse_categorical_crossentropy")
    assert np.isfinite(model.train_on_batch(counts, np.arange(3)))


def test_images_of_bytes_under_a_mixed_policy():
    keras.config.set_dtype_policy("mixed_bfloat16")
    pixels = keras.Input((33, 35, 3), dtype="uint8")
    model = miniature("MSResNet18", input_shape=None, input_tensor=pixels)
    assert model(np.zeros((1, 33, 35, 3), "uint8")).dtype == "float32"


def test_maps_of_unknown_size_are_refused_in_one_sentence():
    pool = AdaptiveAveragePooling2D(3)
    pool.build((None, 4, 4, 2))

    @tf.function(input_signature=[tf.TensorSpec((None, None, None, 2))])
    def run(x):
        return pool(x)

    with pytest.raises(ValueError, match=r"`inputs` must have .*fixed"):
        run(tf.zeros((1, 4, 4, 2)))


def test_another_size_than_built_names_both():
    model = miniature("VGG8", input_shape=(None, 32, 33, 2))
    with pytest.raises(ValueError, match=r"\(None, None, 32, 33, 2\).*\(1, 3, 48, 48, 2\)"):
        model.predict(np.zeros((1, 3, 48, 48, 2)), verbose=0)


@keras.saving.register_keras_serializable(package="tests")
class SkipEmptyFrames(keras.layers.Layer):
    """Masks the frames without events."""

    supports_masking = True

    def call(self, inputs):
        return inputs

    def compute_mask(self, inputs, previous_mask=None):
        return keras.ops.any(inputs != 0, axis=(2, 3, 4))


@pytest.mark.parametrize("name", mostly_slow(["VGG8", "MSResNet18"], "VGG8"))
def test_a_recording_without_events_gets_the_bias_and_trains(name):
    shape = (4, *MINIATURES[name]["input_shape"][-3:])
    frames = SkipEmptyFrames()(keras.Input(shape))
    model = miniature(name, input_shape=None, time_steps=None, input_tensor=frames)
    liven(model)
    x = np.random.default_rng(4).normal(2.0, 4.0, (3, *shape)).astype("float32")
    x[1] = 0.0
    bias = model.get_layer("predictions").bias
    scores = model.predict(x, verbose=0)
    np.testing.assert_allclose(scores[1], keras.ops.softmax(bias), rtol=1e-5)
    assert not np.allclose(scores[0], scores[1], rtol=1e-3)
    model.compile(keras.optimizers.SGD(0.1), "sparse_categorical_crossentropy")
    assert np.isfinite(model.train_on_batch(x, np.arange(3)))
    assert all(np.all(np.isfinite(weight)) for weight in model.get_weights())


@pytest.mark.parametrize(
    "name",
    mostly_slow(["VGG8", "SMAVGG8", "FSTAResNet20", "SEWResNet18", "MaxResNet18"], "VGG8"),
)
def test_one_pixel_that_is_nan_gives_nan_and_ends_training(name):
    model = liven(miniature(name))
    x = inputs(model, batch=3).astype("float32")
    x[(0,) * x.ndim] = np.nan
    scores = model.predict(x, verbose=0)
    assert np.isnan(scores[0]).all()
    assert np.isfinite(scores[1:]).all()
    model.compile(keras.optimizers.SGD(0.1), "sparse_categorical_crossentropy")
    end = keras.callbacks.TerminateOnNaN()
    history = model.fit(x, np.arange(3), epochs=3, batch_size=3, verbose=0, callbacks=[end])
    assert len(history.epoch) == 1
