"""The orthonormal two-dimensional DCT-II filters of FSTA, from their closed form.

Filter i of size n has the vertical frequency u = i mod n and the horizontal frequency
v = i div n, and at row y and column x the value

    c(u) cos(pi u (2 y + 1) / (2 n)) * c(v) cos(pi v (2 x + 1) / (2 n))
    c(0) = sqrt(1 / n), c(k) = sqrt(2 / n) for k > 0
"""

from collections.abc import Iterable

import numpy as np


def basis(size: int) -> np.ndarray:
    """Makes the one-dimensional DCT-II: (frequency, position), orthonormal rows."""
    frequency = np.arange(size)[:, None]
    position = 2.0 * np.arange(size)[None, :] + 1.0
    scale = np.sqrt(np.where(frequency == 0, 1.0, 2.0) / size)
    return scale * np.cos(np.pi * frequency * position / (2.0 * size))


def filters(size: int, indices: Iterable[int]) -> np.ndarray:
    """Makes the filters `indices` as a convolution kernel (row, column, 1, filter), float64."""
    rows = basis(size)
    bank = [np.outer(rows[i % size], rows[i // size]) for i in indices]
    return np.stack(bank, axis=-1)[:, :, None, :]
