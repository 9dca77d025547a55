"""Classes that earlier versions wrote into files are found under the names of then."""

import keras
import numpy as np
import pytest


@pytest.mark.parametrize(
    ("module", "name", "arguments", "shape"),
    [
        ("dense", "Dense", {"units": 5}, (2, 3)),
        (
            "convolution",
            "Conv2D",
            {"filters": 5, "kernel_size": 3, "padding": "same"},
            (2, 4, 3, 2),
        ),
    ],
)
def test_layer_of_a_network_is_loaded(module, name, arguments, shape, rng):
    written = {
        "module": f"keras_snn.layers.{module}",
        "class_name": name,
        "registered_name": f"keras_snn>{name}",
        "config": {"name": "part", **arguments},
    }
    layer = keras.saving.deserialize_keras_object(written)
    plain = getattr(keras.layers, name)(**arguments)
    x = rng.normal(size=shape).astype("float32")
    layer.build(shape)
    plain.build(shape)
    plain.set_weights(layer.get_weights())
    assert layer.name == "part"
    np.testing.assert_allclose(layer(x), plain(x), atol=1e-6)
