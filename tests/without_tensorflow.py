"""Trains, saves and loads small networks where TensorFlow is not installed.

KERAS_BACKEND=jax python -m tests.without_tensorflow
"""

import importlib.util
import tempfile
from pathlib import Path

import keras
import numpy as np
import pytest

import keras_snn


def train(model: keras.Model, x: np.ndarray, y: np.ndarray) -> None:
    """Fits the model for one step and checks that its loss is a number."""
    model.compile(keras.optimizers.SGD(1e-3), "sparse_categorical_crossentropy")
    history = model.fit(x, y, batch_size=2, verbose=0)
    assert np.isfinite(history.history["loss"]).all(), model.name


def save_and_load(model: keras.Model, x: np.ndarray) -> None:
    """Compares the outputs of a model with those of its file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.keras"
        model.save(path)
        loaded = keras.models.load_model(path)
    wanted = model.predict(x, verbose=0)
    np.testing.assert_allclose(loaded.predict(x, verbose=0), wanted, rtol=1e-5, atol=1e-6)


def refuse_what_needs_tensorflow(model: keras.Model) -> None:
    """Checks that an export names the package that it lacks."""
    with pytest.raises(ImportError, match="pip install tensorflow"):
        keras_snn.export.export_stream(model, "stream")


def main() -> None:
    assert importlib.util.find_spec("tensorflow") is None, "TensorFlow is installed here"
    rng = np.random.default_rng(0)
    small = {"filters": (8, 8, 8, 8), "time_steps": 4, "classes": 3, "input_shape": (32, 32, 3)}
    x, y = rng.random((2, 32, 32, 3)).astype("float32"), np.array([0, 2])
    for builder in (keras_snn.applications.SMAResNet18, keras_snn.applications.FSTAResNet20):
        model = builder(**small)
        train(model, x, y)
        save_and_load(model, x)
        print(model.name, keras_snn.analysis.firing_rates(model, x))
    refuse_what_needs_tensorflow(model)
    print(f"keras_snn {keras_snn.__version__} works on {keras.backend.backend()}")


if __name__ == "__main__":
    main()
