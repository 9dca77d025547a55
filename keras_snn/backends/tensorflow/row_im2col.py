"""Convolutions of maps of few pixels: one product of large matrices for each row of the kernel.

On maps of 2x2 a kernel of 3x3 meets padding in 20 of its 36 places, and the direct convolution
spends most of its time there and on bringing the kernel into an order of its own. A row of the
kernel is one matrix as it is, for lines of the map in which the pixels that its taps see stand
beside each other:

    y[i, j] = sum over rows a of X[i + a - p, j] kernel[a],    X[i, j] = (x[i, j + b - q] for all b)

Sums over rows are of float32 or better; float16 is multiplied as float32.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import tensorflow as tf


def forward(x: Any, kernels: Sequence[Any]) -> list[Any]:
    """Cross-correlates with stride 1, zero-padded to the same size.

    Args:
        x: (images, height, width, inputs), height, width and inputs fixed.
        kernels: Tensors (height, width, inputs, outputs) without taps that see padding alone.

    Returns:
        A list, (images, height, width, outputs) for each kernel.
    """
    lines, (height, width) = _lines(x), x.shape[1:3]
    results = []
    for kernel in kernels:
        seen, products = _beside(lines, kernel.shape[1]), []
        for matrix, reads, writes in _rows(kernel, height):
            products.append(_placed(_product(seen[reads], matrix), writes, height))
        results.append(_image(tf.add_n(products), width, x.dtype))
    return results


def backward(x: Any, kernels: Sequence[Any], d_y: Sequence[Any]) -> tuple[Any, list[Any]]:
    """Computes the gradients of x and of the kernels."""
    lines, (height, width), d_x, d_kernels = _lines(x), x.shape[1:3], [], []
    for kernel, d in zip(kernels, map(_lines, d_y), strict=True):
        seen, d, d_seen, d_rows = _beside(lines, kernel.shape[1]), _merged(d), [], []
        for matrix, reads, writes in _rows(kernel, height):
            d_lines = d[writes]
            d_rows.append(tf.matmul(_flat(seen[reads]), _flat(d_lines), transpose_a=True))
            product = _product(d_lines, matrix, transpose_b=True)
            d_seen.append(_placed(product, reads, height))
        d_x.append(_from_beside(tf.add_n(d_seen), width, kernel.shape[1]))
        d_kernels.append(tf.cast(tf.reshape(tf.stack(d_rows), kernel.shape), kernel.dtype))
    return _image(tf.add_n(d_x), width, x.dtype), d_kernels


def _lines(x: Any) -> Any:
    """(images, height, width, channels) -> (height, width, images, channels)."""
    return _multiplied(tf.transpose(x, (1, 2, 0, 3)))


def _image(merged: Any, width: int, dtype: Any) -> Any:
    """(height, width * images, channels) -> (images, height, width, channels)."""
    height, _, channels = merged.shape
    lines = tf.reshape(merged, [height, width, -1, channels])
    return tf.cast(tf.transpose(lines, (2, 0, 1, 3)), dtype)


def _merged(lines: Any) -> Any:
    """(height, width, images, channels) -> (height, width * images, channels)."""
    return tf.reshape(lines, [lines.shape[0], -1, lines.shape[3]])


def _beside(lines: Any, taps: int) -> Any:
    """Gathers what the taps of a row see: (height, width * images, taps * channels)."""
    before, width = (taps - 1) // 2, lines.shape[1]
    padded = tf.pad(lines, [(0, 0), (before, taps - 1 - before), (0, 0), (0, 0)])
    return _merged(tf.concat([padded[:, tap : tap + width] for tap in range(taps)], 3))


def _from_beside(seen: Any, width: int, taps: int) -> Any:
    """Transposes `_beside`: sums over all places where a pixel stands; merged."""
    before, parts = (taps - 1) // 2, []
    seen = tf.reshape(seen, [seen.shape[0], width, -1, seen.shape[2]])
    for tap, part in enumerate(tf.split(seen, taps, 3)):
        reads, writes = _overlap(width, tap - before)
        around = (reads.start, width - reads.stop)
        parts.append(tf.pad(part[:, writes], [(0, 0), around, (0, 0), (0, 0)]))
    return _merged(tf.add_n(parts))


def _rows(kernel: Any, height: int) -> Iterator[tuple[Any, slice, slice]]:
    """Yields for every row of a kernel its matrix, the lines that it reads and those it writes."""
    before = (kernel.shape[0] - 1) // 2
    matrices = tf.unstack(tf.reshape(kernel, [kernel.shape[0], -1, kernel.shape[3]]))
    for row, matrix in enumerate(matrices):
        yield (_multiplied(matrix), *_overlap(height, row - before))


def _overlap(length: int, distance: int) -> tuple[slice, slice]:
    """Gives the part of a side that has partners at a distance before it, and these partners."""
    reads, writes, shared = max(0, distance), max(0, -distance), length - abs(distance)
    return slice(reads, reads + shared), slice(writes, writes + shared)


def _multiplied(values: Any) -> Any:
    """Casts values to the dtype in which they are multiplied."""
    return tf.cast(values, tf.float32) if values.dtype == tf.float16 else values


def _flat(merged: Any) -> Any:
    return tf.reshape(merged, [-1, merged.shape[2]])


def _product(merged: Any, matrix: Any, **transposed: bool) -> Any:
    """Multiplies the channels of lines by a matrix, in float32 or better."""
    products = tf.matmul(_flat(merged), matrix, **transposed)
    wide = products if products.dtype == tf.float64 else tf.cast(products, tf.float32)
    return tf.reshape(wide, [merged.shape[0], -1, products.shape[1]])


def _placed(lines: Any, place: slice, height: int) -> Any:
    """Puts lines at their place among the lines of a map, with zeros elsewhere."""
    return tf.pad(lines, [(place.start, height - place.stop), (0, 0), (0, 0)])
