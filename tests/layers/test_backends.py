"""Layers differentiate on JAX and PyTorch as on TensorFlow, to the last digits."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.golden import close
from tests.layers.backend_script import NAMES, derivatives


@pytest.fixture(scope="module", params=["jax", "torch"])
def elsewhere(request, tmp_path_factory):
    """The derivatives in float64; the process went through the half types before."""
    pytest.importorskip(request.param)
    path = tmp_path_factory.mktemp(request.param) / "derivatives.npz"
    run = subprocess.run(
        [sys.executable, "-m", "tests.layers.backend_script", str(path)],
        env={**os.environ, "KERAS_BACKEND": request.param, "JAX_ENABLE_X64": "1"},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr[-3000:]
    return np.load(path)


@pytest.mark.parametrize("name", NAMES)
def test_outputs_and_gradients_are_the_same(name, elsewhere):
    for i, wanted in enumerate(derivatives(name, "float64")):
        close(elsewhere[f"{name}{i}"], wanted, 1e-9)


def test_large_kernels_go_through_spectra(elsewhere):
    assert elsewhere["blocks"] == 2  # once forward, once backward
