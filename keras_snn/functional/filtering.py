"""The spatial filters of FSTA: the DCT bank on one map, and the convolution that mixes its results.

    m[i] = filter i * x                       i = 0 .. n * n - 1, separable: columns, then rows
    y[p] = sum over d, i of kernel[d, i] m[i][p + d]

with zeros outside of the image, for x as for m. Both are written as products with matrices: along
an axis a filter is a Toeplitz matrix, and the sum over the taps d is one over shifted images.
Convolutions of one channel to many and of many to one are several times slower.
"""

import numpy as np
from keras import ops

from keras_snn.functional import dct


def filter_and_mix(x, size, indices, kernel):
    """(batch, height, width, 1) -> (batch, height, width, outputs).

    Args:
        x: A map; height and width may be None, and then convolutions compute.
        size: n of the filters.
        indices: Which of them there are, in the order of the kernel's inputs.
        kernel: (a, b, filters, outputs).
    """
    kernel = ops.convert_to_tensor(kernel)
    if None in x.shape[1:3]:
        maps = _conv(x, ops.cast(dct.filters(size, indices), x.dtype))
        return _conv(maps, kernel)
    return _mix(_bank(x[..., 0], size, indices), kernel)


def _conv(x, kernel):
    return ops.conv(x, kernel, padding="same", data_format="channels_last")


def toeplitz(rows, size):
    """(r, taps) -> (r, size, size): T[r, i, j] = rows[r, j - i + (taps - 1) // 2], 0 elsewhere."""
    taps = rows.shape[1]
    distance = np.arange(size) - np.arange(size)[:, None] + (taps - 1) // 2
    inside = (distance >= 0) & (distance < taps)
    return np.where(inside, rows[:, np.clip(distance, 0, taps - 1)], 0.0)


def _bank(x, size, indices):
    """(batch, height, width) -> (batch, filters, height, width)."""
    _, height, width = x.shape
    down = toeplitz(dct.basis(size), height).reshape(-1, height)
    across = toeplitz(dct.basis(size), width).transpose(2, 0, 1).reshape(width, -1)
    maps = ops.matmul(ops.matmul(ops.cast(down, x.dtype), x), ops.cast(across, x.dtype))
    maps = ops.reshape(maps, (-1, size, height, size, width))
    maps = ops.reshape(ops.transpose(maps, (0, 3, 1, 2, 4)), (-1, size * size, height, width))
    if tuple(indices) == tuple(range(size * size)):
        return maps
    return ops.take(maps, tuple(indices), axis=1)


def _mix(maps, kernel):
    """(batch, filters, height, width) -> (batch, height, width, outputs)."""
    _, filters, height, width = maps.shape
    *taps, _, outputs = kernel.shape
    weights = ops.reshape(ops.transpose(kernel, (3, 0, 1, 2)), (-1, filters))
    parts = ops.matmul(weights, ops.reshape(maps, (-1, filters, height * width)))
    parts = ops.reshape(parts, (-1, outputs, *taps, height, width))
    parts = ops.transpose(parts, (0, 1, 2, 4, 3, 5))  # batch, outputs, a, height, b, width
    down, across = (
        toeplitz(np.eye(n), length) for n, length in zip(taps, maps.shape[2:], strict=True)
    )
    down = ops.cast(down.transpose(1, 0, 2).reshape(height, -1), maps.dtype)
    across = ops.cast(across.transpose(0, 2, 1).reshape(-1, width), maps.dtype)
    y = ops.matmul(ops.reshape(parts, (-1, outputs * taps[0] * height, taps[1] * width)), across)
    y = ops.matmul(down, ops.reshape(y, (-1, outputs, taps[0] * height, width)))
    return ops.transpose(y, (0, 2, 3, 1))
