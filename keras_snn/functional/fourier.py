"""Convolution as a product of spectra: the matrices of real numbers that it takes.

For an image x (height, width) and a kernel w of size (s_h, s_w), padded to the same size with
p = (s - 1) // 2 zeros before, and spectra of N = size + s // 2 frequencies on each axis, so that
nothing wraps around into the image:

    X[k, n] = sum over h, v of x[h, v] exp(-2 pi i (k h / N_h + n v / N_w))
    W[k, n] = sum over a, b of w[a, b] exp(+2 pi i (k (a - p_h) / N_h + n (b - p_w) / N_w))
    Y = X W
    y[h, v] = sum over k of c[k] Re sum over n of Y[k, n] exp(2 pi i (k h / N_h + n v / N_w))

As x is real, k runs over 0 .. N_h // 2 only, with c[k] = 2 / (N_h N_w), or half of it where k is
its own mirror image. A complex matrix stands for its real and imaginary *parts*, and a product of
two complex numbers for X * Re W + (iX) * Im W: two real products (*terms*) of both parts of X.
"""

import functools
from typing import NamedTuple

import numpy as np


class Matrices(NamedTuple):
    """Real matrices of a convolution; K = rows, N = columns of frequencies.

    Args:
        rows, columns: Number of frequencies k and n.
        over_height: (K * parts, height), of an image.
        over_width: (N * parts, parts * width), of what `over_height` gives at one k.
        over_width_turned: (terms * N * parts, parts * width): the same, and times -i.
        of_kernel: (K * terms * N, taps).
        to_width: (parts * width, terms * N * parts), from both terms to a row of the image.
        to_width_conjugate: The same for the product with the conjugate of W.
        to_height: (height, K * parts).
        to_kernel: (taps, K * terms * N).
    """

    rows: int
    columns: int
    over_height: np.ndarray
    over_width: np.ndarray
    over_width_turned: np.ndarray
    of_kernel: np.ndarray
    to_width: np.ndarray
    to_width_conjugate: np.ndarray
    to_height: np.ndarray
    to_kernel: np.ndarray


def frequencies(size: tuple[int, int], kernel_size: tuple[int, int]) -> tuple[int, int]:
    """K and N: how many frequencies k and n there are."""
    n_h, n_w = (length + taps // 2 for length, taps in zip(size, kernel_size, strict=True))
    return n_h // 2 + 1, n_w


@functools.cache
def matrices(size: tuple[int, int], kernel_size: tuple[int, int]) -> Matrices:
    """The matrices of images (height, width) and kernels of a size, in float64."""
    rows, columns = frequencies(size, kernel_size)
    n_h = size[0] + kernel_size[0] // 2
    k, n = np.arange(rows), np.arange(columns)
    weight = np.where((k == 0) | (2 * k == n_h), 1.0, 2.0) / (n_h * columns)
    height, width = _wave(k, size[0], n_h), _wave(n, size[1], columns)
    kernel = _kernel_waves(k, n, n_h, columns, kernel_size)
    terms = np.stack([kernel.real, kernel.imag], axis=1)  # k, term, n, taps
    back = np.stack([kernel.real, -kernel.imag], axis=1) * weight[:, None, None, None]
    taps = kernel_size[0] * kernel_size[1]
    return Matrices(
        rows,
        columns,
        over_height=_of_real(height.conj()),
        over_width=_of_parts(width.conj()),
        over_width_turned=np.concatenate([_of_parts(m * width.conj()) for m in (1.0, -1j)]),
        of_kernel=terms.reshape(-1, taps),
        to_width=np.concatenate([_to_parts(m * width.T) for m in (1.0, 1j)], axis=1),
        to_width_conjugate=np.concatenate([_to_parts(m * width.T) for m in (1.0, -1j)], axis=1),
        to_height=_to_real(height.T * weight),
        to_kernel=back.reshape(-1, taps).T,
    )


def _wave(frequency, size, period):
    """exp(2 pi i f x / period), (frequencies, size)."""
    return np.exp(2j * np.pi * np.outer(frequency, np.arange(size)) / period)


def _kernel_waves(k, n, n_h, n_w, kernel_size):
    """(k, n, taps): the waves at the taps' distances from the middle of the kernel."""
    a, b = (np.arange(taps) - (taps - 1) // 2 for taps in kernel_size)
    phase = np.multiply.outer(k, a)[:, None, :, None] / n_h
    phase = phase + np.multiply.outer(n, b)[None, :, None, :] / n_w
    return np.exp(2j * np.pi * phase).reshape(len(k), len(n), -1)


def _of_real(matrix):
    """Complex (r, c), of real numbers: (r * parts, c)."""
    return np.stack([matrix.real, matrix.imag], axis=1).reshape(-1, matrix.shape[1])


def _to_real(matrix):
    """Complex (r, c), of complex numbers whose real part is wanted: (r, c * parts)."""
    return np.stack([matrix.real, -matrix.imag], axis=2).reshape(matrix.shape[0], -1)


def _of_parts(matrix):
    """Complex (r, c): (r * parts, parts * c)."""
    rows = [(matrix.real, -matrix.imag), (matrix.imag, matrix.real)]
    return np.stack([np.concatenate(row, axis=1) for row in rows], axis=1).reshape(
        -1, 2 * matrix.shape[1]
    )


def _to_parts(matrix):
    """Complex (r, c): (parts * r, c * parts)."""
    return np.concatenate([_to_real(matrix), _to_real(-1j * matrix)])
