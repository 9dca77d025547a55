"""FSTA differentiates on PyTorch's CPU in every dtype, in float64 to the last digits."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.golden import close
from tests.layers.backend_script import FSTA, derivatives


@pytest.fixture(scope="module")
def on_torch(tmp_path_factory):
    """The derivatives in float64; the process went through the half types before."""
    pytest.importorskip("torch")
    path = tmp_path_factory.mktemp("torch") / "derivatives.npz"
    run = subprocess.run(
        [sys.executable, "-m", "tests.layers.backend_script", str(path)],
        env={**os.environ, "KERAS_BACKEND": "torch"},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr[-3000:]
    return np.load(path)


@pytest.mark.parametrize("name", FSTA)
def test_fsta_has_the_same_gradients_on_pytorch(name, on_torch):
    for i, wanted in enumerate(derivatives(name, "float64")):
        close(on_torch[f"{name}{i}"], wanted, 1e-9)
