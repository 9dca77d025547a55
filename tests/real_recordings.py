"""Where the recordings of real cameras are, for the tests that read them."""

import os
from pathlib import Path

import pytest

BESIDE = Path(__file__).parents[2] / "shared" / "data"


def real_recording(name):
    """Path of a recording in the folder beside the checkout; skips the test without it.

    The environment variable KERAS_SNN_TEST_DATA names another folder.
    """
    path = Path(os.environ.get("KERAS_SNN_TEST_DATA", BESIDE)) / name
    if not path.exists():
        pytest.skip(f"There is no {path}: KERAS_SNN_TEST_DATA can name the folder")
    return path
