"""SameForAllTimeSteps: all frames of a sample are augmented alike, samples differently."""

import os
import subprocess
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_snn import layers
from keras_snn.layers import SameForAllTimeSteps
from keras_snn.layers.protocol import is_causal, macs_of

AUGMENTATIONS = {
    "flip": lambda: keras.layers.RandomFlip(seed=1),
    "translation": lambda: keras.layers.RandomTranslation(0.4, 0.4, seed=1),
    "rotation": lambda: keras.layers.RandomRotation(0.4, seed=1),
    "shear": lambda: keras.layers.RandomShear(0.8, 0.8, seed=1),
    "erasing": lambda: keras.layers.RandomErasing(scale=(0.1, 0.6), fill_value=0, seed=1),
    "zoom": lambda: keras.layers.RandomZoom(0.5, seed=1),
}


def still(rng, samples=8, time_steps=5):
    """Samples of which every frame is the same."""
    image = rng.uniform(1, 2, (samples, 1, 9, 7, 2)).astype("float32")
    return np.repeat(image, time_steps, axis=1)


@pytest.mark.parametrize("name", AUGMENTATIONS)
def test_all_frames_of_a_sample_change_alike_and_samples_differ(name, rng):
    x = still(rng)
    x[:] = x[:1]
    y = np.asarray(SameForAllTimeSteps(AUGMENTATIONS[name]())(x, training=True))
    np.testing.assert_array_equal(y, np.repeat(y[:, :1], 5, axis=1))
    assert len({sample.tobytes() for sample in y}) > 1
    assert not np.array_equal(y, x)


@pytest.mark.parametrize("name", AUGMENTATIONS)
def test_each_frame_is_what_the_augmentation_makes_of_it_alone(name, rng):
    x = rng.uniform(1, 2, (8, 5, 9, 7, 2)).astype("float32")
    y = SameForAllTimeSteps(AUGMENTATIONS[name]())(x, training=True)
    for t in range(5):
        alone = AUGMENTATIONS[name]()(x[:, t], training=True)
        np.testing.assert_allclose(y[:, t], alone, rtol=1e-6, atol=1e-6)


def test_inference_leaves_the_frames_as_they_are(rng):
    x = still(rng)
    layer = SameForAllTimeSteps(keras.layers.RandomRotation(0.4))
    np.testing.assert_array_equal(layer(x, training=False), x)
    model = keras.Sequential([keras.Input(x.shape[1:]), layer])
    np.testing.assert_array_equal(model.predict(x, verbose=0), x)


@pytest.mark.parametrize("batched", [True, False])
@pytest.mark.parametrize("time_steps", [5, None])
def test_it_maps_a_tf_data_pipeline(batched, time_steps, rng):
    x = still(rng)
    spec = tf.TensorSpec((time_steps, 9, 7, 2), "float32")
    data = tf.data.Dataset.from_generator(lambda: iter(x), output_signature=spec)
    data = data.batch(4) if batched else data
    layer = SameForAllTimeSteps(keras.layers.RandomTranslation(0.4, 0.4, seed=3))
    changed = data.map(lambda frames: layer(frames, training=True))
    y = np.concatenate([frames.numpy().reshape(-1, 5, 9, 7, 2) for frames in changed])
    assert y.shape == x.shape
    np.testing.assert_array_equal(y, np.repeat(y[:, :1], 5, axis=1))
    assert not np.array_equal(y, x)


def test_crops_change_the_size(rng):
    layer = SameForAllTimeSteps(keras.layers.RandomCrop(6, 4))
    model = keras.Sequential([keras.Input((5, 9, 7, 2)), layer])
    assert model.output_shape == (None, 5, 6, 4, 2)
    y = np.asarray(layer(still(rng), training=True))
    assert y.shape == (8, 5, 6, 4, 2)
    np.testing.assert_array_equal(y, np.repeat(y[:, :1], 5, axis=1))


def test_a_network_trains_with_it(rng):
    model = keras.Sequential(
        [
            keras.Input((5, 9, 7, 2)),
            SameForAllTimeSteps(keras.layers.RandomShear(0.3, 0.3)),
            layers.TimeDistributed(keras.layers.Conv2D(2, 3)),
            layers.LIF(),
            keras.layers.Flatten(),
            keras.layers.Dense(2),
        ]
    )
    model.compile("sgd", "mse")
    loss = model.fit(still(rng), np.zeros((8, 2)), verbose=0).history["loss"]
    assert np.isfinite(loss).all()


def test_it_is_causal_and_costs_nothing():
    layer = SameForAllTimeSteps(keras.layers.RandomFlip())
    assert is_causal(layer)
    assert macs_of(layer, (None, 5, 9, 7, 2)) == 0


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="`layer` must be a keras"):
        SameForAllTimeSteps(3)
    with pytest.raises(ValueError, match='`layer` must have data_format="channels_last"'):
        SameForAllTimeSteps(keras.layers.RandomFlip(data_format="channels_first"))
    for shape in ((9, 7, 2), (1, 1, 5, 9, 7, 2)):
        message = r"`inputs` must have the axes \(batch, time, height, width, channels\)"
        with pytest.raises(ValueError, match=message):
            SameForAllTimeSteps(keras.layers.RandomFlip())(np.zeros(shape))


OTHER_BACKENDS = """
import keras, numpy as np, tensorflow as tf
from keras_snn.layers import SameForAllTimeSteps
x = np.repeat(np.random.uniform(size=(4, 1, 9, 7, 2)), 5, axis=1).astype("float32")
layer = SameForAllTimeSteps(keras.layers.RandomRotation(0.4))
piped = np.stack([y.numpy() for y in tf.data.Dataset.from_tensor_slices(x).map(layer)])
for y in (piped, keras.ops.convert_to_numpy(layer(x, training=True))):
    assert y.shape == x.shape and not np.array_equal(y, x)
    np.testing.assert_array_equal(y, np.repeat(y[:, :1], 5, axis=1))
"""


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_other_backends_augment_alike_also_in_tf_data(backend):
    environment = {**os.environ, "KERAS_BACKEND": backend}
    subprocess.run([sys.executable, "-c", OTHER_BACKENDS], check=True, env=environment)
