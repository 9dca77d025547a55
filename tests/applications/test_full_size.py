"""The largest network at its full size."""

import subprocess
import sys

import keras
import numpy as np
import pytest

from keras_snn import applications

pytestmark = pytest.mark.slow


BUILD = """
from benchmarks.machine import peak_bytes
from keras_snn import applications

before = peak_bytes()
applications.SMAResNet104()
print((peak_bytes() - before) / 1e9)
"""
"""Prints the GB by which building raises the peak of a new process."""


def test_104_layers_with_sma_are_built_in_little_memory():
    run = subprocess.run([sys.executable, "-c", BUILD], capture_output=True, text=True, check=True)
    taken = float(run.stdout)
    assert 0.1 < taken < 3.0


def test_104_layers_with_sma_predict():
    model = applications.SMAResNet104()
    y = model.predict(np.zeros((1, 224, 224, 3)), verbose=0)
    assert y.shape == (1, 1000)
    np.testing.assert_allclose(y.sum(), 1.0, rtol=1e-5)


def test_104_layers_with_sma_train_save_and_load(tmp_path):
    model = applications.SMAResNet104(input_shape=(64, 64, 3), classes=10)
    model.compile(keras.optimizers.SGD(0.1, momentum=0.9), "sparse_categorical_crossentropy")
    x = np.random.default_rng(1).normal(size=(2, 64, 64, 3)).astype("float32")
    assert np.isfinite(model.train_on_batch(x, np.array([3, 7])))
    wanted = model.predict(x, verbose=0)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(loaded.predict(x, verbose=0), wanted, rtol=1e-4, atol=1e-6)
