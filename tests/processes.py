"""Processes of another Keras backend."""

import os
import subprocess
import sys
from pathlib import Path


def run_on(backend, module, *arguments, double=False):
    """Runs `python -m module arguments`, and returns what it prints.

    Args:
        double: Whether JAX knows float64 there.
    """
    environment = {**os.environ, "KERAS_BACKEND": backend}
    run = subprocess.run(
        [sys.executable, "-m", module, *map(str, arguments)],
        env=environment | ({"JAX_ENABLE_X64": "1"} if double else {}),
        cwd=Path(__file__).parents[1],
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr[-3000:]
    return run.stdout
