"""The authors' reference values, with the axes of this library."""

from pathlib import Path

import numpy as np

FOLDER = Path(__file__).parent / "data" / "golden"


class Golden:
    """One file: `golden["eval/y"]`, maps as (batch, time, height, width, channels)."""

    def __init__(self, name):
        self.arrays = np.load(FOLDER / f"{name}.npz")

    def __getitem__(self, key):
        array = self.arrays[key]
        if key.split("/")[-1] not in ("x", "y", "grad_x", "cotangent"):
            return array
        axes = (1, 0, 3, 4, 2) if array.ndim == 5 else (1, 0, 2)
        return array.transpose(axes)

    def __contains__(self, key):
        return key in self.arrays

    def under(self, folder):
        """The arrays below `folder/` by their PyTorch key."""
        start = f"{folder}/"
        keys = [key for key in self.arrays.files if key.startswith(start)]
        return {key.removeprefix(start): self.arrays[key] for key in keys}


def error(actual, wanted, scale=None):
    """The largest difference relative to `scale`, or to the largest reference value."""
    actual, wanted = np.asarray(actual), np.asarray(wanted)
    assert actual.shape == wanted.shape
    return np.abs(actual - wanted).max() / (scale or max(np.abs(wanted).max(), 1e-6))


def close(actual, wanted, tolerance=1e-9):
    """Asserts agreement relative to the largest reference value."""
    assert error(actual, wanted) <= tolerance
