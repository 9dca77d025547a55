"""Layers cast inputs of any dtype, and the global data format leaves them alone."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_snn import layers

SHAPE = (2, 4, 6, 5, 8)
LAYERS = {
    "SMA": lambda: layers.SMA((1, 3), time_reduction=2, azo=layers.AZO(4, 2)),
    "FSTA": lambda: layers.FSTA(3, reduction=3),
    "BatchNormalization": layers.BatchNormalization,
    "LIF": layers.LIF,
}


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("dtype", ["uint8", "int32", "bool", "float16", "float64"])
@pytest.mark.parametrize("name", LAYERS)
def test_inputs_are_cast(name, dtype, training, rng):
    x = rng.integers(0, 3, SHAPE).astype(dtype)
    layer = LAYERS[name]()
    layer.build(SHAPE)
    arguments = {} if name == "FSTA" else {"training": training}
    actual, wanted = (
        ops.convert_to_numpy(layer(ops.convert_to_tensor(x.astype(kind)), **arguments))
        for kind in (dtype, "float32")
    )
    assert actual.dtype == "float32"
    np.testing.assert_array_equal(actual, wanted)


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("dtype", ["uint8", "int32", "bool"])
def test_azo_casts_its_features(dtype, training, rng):
    features = rng.integers(0, 3, (2, 3, *SHAPE[1:])).astype(dtype)
    weights = [rng.normal(size=(2, 3, 4, *rest)).astype("float32") for rest in ((), (8,))]
    actual, wanted = (
        layers.AZO()([features.astype(kind), *weights], training=training)
        for kind in (dtype, "float32")
    )
    assert keras.backend.standardize_dtype(actual.dtype) == "float32"
    np.testing.assert_array_equal(actual, wanted)


@pytest.fixture
def channels_first():
    keras.config.set_image_data_format("channels_first")
    yield
    keras.config.set_image_data_format("channels_last")


@pytest.mark.parametrize("name", LAYERS)
def test_the_global_data_format_changes_nothing(name, rng, request):
    x = rng.normal(1, 1, SHAPE).astype("float32")
    wanted = LAYERS[name]()
    wanted.build(SHAPE)
    request.getfixturevalue("channels_first")
    layer = LAYERS[name]()
    layer.build(SHAPE)
    layer.set_weights(wanted.get_weights())
    np.testing.assert_array_equal(layer(x), wanted(x))
