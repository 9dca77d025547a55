"""The same model gives the same numbers, and learns the same, on TensorFlow, JAX and PyTorch."""

import numpy as np
import pytest

import keras_snn
from tests.processes import run_on
from tests.test_files_of_versions import FOLDER


def learned(backend):
    """Weights after three steps of training by their path, from a process of that backend."""
    files = [FOLDER / f"{keras_snn.__version__}.{end}" for end in ("keras", "npz")]
    rows = [line.split() for line in run_on(backend, "tests.backend_script", *files).splitlines()]
    return {path: np.array(values, float) for path, *values in rows}


@pytest.fixture(scope="module")
def on_tensorflow():
    return learned("tensorflow")


@pytest.mark.parametrize("backend", ["torch", pytest.param("jax", marks=pytest.mark.slow)])
def test_outputs_and_training_equal_those_of_tensorflow(backend, on_tensorflow):
    weights = learned(backend)
    assert weights.keys() == on_tensorflow.keys()
    assert len(weights) > 30
    for path, values in weights.items():
        np.testing.assert_allclose(values, on_tensorflow[path], rtol=1e-4, atol=1e-5, err_msg=path)
