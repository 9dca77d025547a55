"""Files that earlier versions wrote load, and give the outputs that they gave then.

`tests/data/versions/<version>.keras` and `.npz` are written once by `write`, when a version is
released, and never again:

    python -m tests.test_files_of_versions
"""

from pathlib import Path

import keras
import numpy as np
import pytest

import keras_snn
from keras_snn import layers

FOLDER = Path(__file__).parent / "data" / "versions"
FILES = sorted(FOLDER.glob("*.keras"))


def network():
    """Every layer in a small network."""
    inputs = keras.Input((4, 12, 12, 3))
    x = layers.TimeDistributed(keras.layers.Conv2D(8, 3, padding="same"), name="conv")(inputs)
    x = layers.SMA((1, 3), time_reduction=2, azo=layers.AZO(4, 2), name="sma")(x)
    x = layers.BatchNormalization(name="bn")(x)
    x = layers.FSTA(3, reduction=3, name="fsta")(x)
    x = layers.LIF(tau=1.8, v_threshold=0.05, learn_tau=True, surrogate="sigmoid", name="lif")(x)
    x = layers.TimeDistributed(keras.layers.GlobalAveragePooling2D(), name="pool")(x)
    x = layers.IF(v_threshold=0.02, v_reset=None, name="if")(x)
    x = keras.layers.RNN(layers.LIFCell(8, v_threshold=0.02), return_sequences=True)(x)
    x = keras.layers.Dense(5, name="scores")(keras.layers.GlobalAveragePooling1D()(x))
    repeated = layers.DirectCoding(2, name="coding")(x)
    return keras.Model(inputs, repeated)


def write(version):
    """Saves the network of today with an input and its output."""
    keras.utils.set_random_seed(3)
    model = network()
    x = np.random.default_rng(5).normal(0.5, 1.0, (3, 4, 12, 12, 3)).astype("float32")
    FOLDER.mkdir(exist_ok=True)
    model.save(FOLDER / f"{version}.keras")
    np.savez_compressed(FOLDER / f"{version}.npz", x=x, y=model.predict(x, verbose=0))


def test_this_version_has_its_file():
    assert keras_snn.__version__ in [path.stem for path in FILES]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_file_loads_and_gives_its_outputs(path):
    recorded = np.load(path.with_suffix(".npz"))
    outputs = keras.models.load_model(path).predict(recorded["x"], verbose=0)
    assert np.ptp(recorded["y"]) > 0.01
    np.testing.assert_allclose(outputs, recorded["y"], rtol=1e-4, atol=1e-5)


if __name__ == "__main__":
    write(keras_snn.__version__)
