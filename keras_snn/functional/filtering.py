"""The spatial filters of FSTA: the DCT bank on one map, and the convolution that mixes its results.

    m[u, v] = filter (u, v) * x               vertical frequency u, horizontal frequency v
    y[p] = sum over a, b, u, v of kernel[a, b, u, v] m[u, v][p + (a, b) - middle]

with zeros outside of the image, for x as for m. Filtering with u along the height and then taking
the neighbor a is one matrix D[a, u], the same along the width E[b, v], so that

    y = sum over a, u of D[a, u] x C[a, u],    C[a, u] = sum over b, v of kernel[a, b, u, v] E[b, v]

two products of large matrices, where convolutions of one channel to many and of many to one would
be several times slower.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from keras import ops

from keras_snn.functional import dct
from keras_snn.functional.convolution import convolve
from keras_snn.functional.precision import matmul


def filter_and_mix(x: Any, size: int, indices: Sequence[int], kernel: Any) -> Any:
    """Filters a map and mixes the results: (batch, height, width, 1) -> (..., outputs).

    Args:
        x: A map. Where its height or width is None, convolutions compute.
        size: n of the filters.
        indices: The filters that exist, in the order of the kernel's inputs.
        kernel: (a, b, filters, outputs).
    """
    kernel = ops.convert_to_tensor(kernel)
    _, height, width, _ = x.shape
    if height is None or width is None:
        return convolve(convolve(x, ops.cast(dct.filters(size, indices), x.dtype)), kernel)
    rows, outputs = kernel.shape[0], kernel.shape[3]
    down = _filter_then_neighbor(size, rows, height)  # a, u, y, x
    down = ops.cast(down.transpose(2, 3, 0, 1).reshape(height, -1), x.dtype)
    lines = matmul(x[..., 0], _along_width(kernel, size, indices, width))
    lines = ops.reshape(lines, (-1, height * rows * size, width * outputs))
    return ops.reshape(matmul(down, lines), (-1, height, width, outputs))


def _along_width(kernel: Any, size: int, indices: Sequence[int], width: int) -> Any:
    """Computes C as one matrix, (width, a * u * width * outputs)."""
    rows, columns, filters, outputs = kernel.shape
    across = _filter_then_neighbor(size, columns, width)  # b, v, y, x
    across = ops.cast(across.transpose(0, 1, 3, 2).reshape(-1, width * width), kernel.dtype)
    present = np.zeros((filters, size * size))
    present[np.arange(filters), list(indices)] = 1.0
    kernel = matmul(ops.transpose(kernel, (0, 3, 1, 2)), ops.cast(present, kernel.dtype))
    kernel = ops.reshape(kernel, (rows, outputs, columns, size, size))  # a, outputs, b, v, u
    kernel = ops.reshape(ops.transpose(kernel, (0, 4, 1, 2, 3)), (-1, columns * size))
    matrix = ops.reshape(matmul(kernel, across), (rows, size, outputs, width, width))
    return ops.reshape(ops.transpose(matrix, (3, 0, 1, 4, 2)), (width, -1))


def _filter_then_neighbor(size: int, taps: int, length: int) -> np.ndarray:
    """Makes filters along an axis, seen from each neighbor: (taps, frequencies, length, length)."""
    filters, neighbors = (toeplitz(rows, length) for rows in (dct.basis(size), np.eye(taps)))
    return neighbors[:, None] @ filters


def toeplitz(rows: np.ndarray, size: int) -> np.ndarray:
    """Makes (r, size, size): T[r, i, j] = rows[r, j - i + (taps - 1) // 2], 0 elsewhere."""
    taps = rows.shape[1]
    distance = np.arange(size) - np.arange(size)[:, None] + (taps - 1) // 2
    inside = (distance >= 0) & (distance < taps)
    return np.where(inside, rows[:, np.clip(distance, 0, taps - 1)], 0.0)
