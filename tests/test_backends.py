"""The same model gives the same numbers, and learns the same, on TensorFlow, JAX and PyTorch."""

import os
import subprocess
import sys

import numpy as np
import pytest

import keras_snn
from tests.test_files_of_versions import FOLDER


def learned(backend):
    """Weights after three steps of training by their path, from a process of that backend."""
    files = [str(FOLDER / f"{keras_snn.__version__}.{end}") for end in ("keras", "npz")]
    run = subprocess.run(
        [sys.executable, "-m", "tests.backend_script", *files],
        env={**os.environ, "KERAS_BACKEND": backend},
        cwd=FOLDER.parents[2],
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr[-3000:]
    rows = [line.split() for line in run.stdout.splitlines()]
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
