"""Quantized models compute the same after they were saved and loaded."""

import keras
import numpy as np
import pytest

from keras_snn import layers
from tests.applications.miniatures import mostly_slow

SHAPE = (4, 6, 5, 8)
LAYERS = {
    "SMA": lambda: layers.SMA((1, 3), time_reduction=2),
    "SMA without time": lambda: layers.SMA((1, 3), time_attention=False, activation="relu"),
    "SMA with AZO": lambda: layers.SMA((1, 3), time_reduction=2, azo=layers.AZO(4, 2)),
    "FSTA": lambda: layers.FSTA(3, reduction=3),
    "dense layer per step": lambda: layers.TimeDistributed(keras.layers.Dense(5)),
    "BatchNormalization": layers.BatchNormalization,
    "LIF": layers.LIF,
}
QUICK = ("FSTA", "dense layer per step", "BatchNormalization", "LIF")


@pytest.mark.filterwarnings("ignore:Layer .* does not have a `quantize` method:UserWarning")
@pytest.mark.parametrize(
    ("name", "mode"),
    [
        *mostly_slow([(name, "int8") for name in LAYERS], *((name, "int8") for name in QUICK)),
        pytest.param("SMA", "int4", marks=pytest.mark.slow),
    ],
)
def test_quantized_layer_is_saved_and_loaded(name, mode, rng, tmp_path):
    inputs = keras.Input(SHAPE)
    model = keras.Model(inputs, LAYERS[name]()(inputs))
    dense = [part for part in model._flatten_layers() if isinstance(part, keras.layers.Dense)]
    model.quantize(mode)
    assert all(part.quantization_mode == mode for part in dense)
    x = rng.normal(1, 1, (2, *SHAPE)).astype("float32")
    wanted = model.predict(x, verbose=0)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(loaded.predict(x, verbose=0), wanted)
