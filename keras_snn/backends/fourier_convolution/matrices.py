"""Convolution as a product of spectra: the matrices of real numbers that it takes.

For an image x (height, width) and a kernel w of size (s_h, s_w), padded to the same size with
p = (s - 1) // 2 zeros before, and spectra of at least N = size + s // 2 frequencies on each axis,
so that nothing wraps around into the image:

    X[k, n] = sum over h, v of x[h, v] exp(-2 pi i (k h / N_h + n v / N_w))
    W[k, n] = sum over a, b of w[a, b] exp(+2 pi i (k (a - p_h) / N_h + n (b - p_w) / N_w))
    Y = X W
    y[h, v] = sum over k of c[k] Re sum over n of Y[k, n] exp(2 pi i (k h / N_h + n v / N_w))

As x is real, k runs over 0 .. N_h // 2 only, with c[k] = 2 / (N_h N_w), or half of it where k is
its own mirror image. A complex matrix stands for its real and imaginary *parts*, and a product of
two complex numbers for X * Re W + (iX) * Im W: two real products (*terms*) of both parts of X.
"""

import functools
import math
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

Pair = tuple[int, int]


class Matrices(NamedTuple):
    """Real matrices for images; K and N are the numbers of frequencies k and n.

    Args:
        over_height: (K * parts, height), of an image.
        over_width: (N * parts, parts * width), of what `over_height` gives at one k.
        over_width_turned: (terms * N * parts, parts * width): the same, and times -i.
        to_width: (parts * width, terms * N * parts), from both terms to a row of the image.
        to_width_conjugate: The same for the product with the conjugate of W.
        to_height: (height, K * parts).
    """

    over_height: np.ndarray
    over_width: np.ndarray
    over_width_turned: np.ndarray
    to_width: np.ndarray
    to_width_conjugate: np.ndarray
    to_height: np.ndarray


def periods(size: Pair, kernel_sizes: Iterable[Pair]) -> Pair:
    """N_h and N_w for which no kernel wraps around into images (height, width)."""
    margins = (max(taps) // 2 for taps in zip(*kernel_sizes, strict=True))
    n_h, n_w = (length + margin for length, margin in zip(size, margins, strict=True))
    return n_h, n_w


def rows(n_h: int) -> int:
    """K: how many frequencies k there are; those n are all N_w."""
    return n_h // 2 + 1


@functools.cache
def matrices(size: Pair, periods: Pair) -> Matrices:
    """The matrices of images (height, width), in float64."""
    height, width = (
        _wave(*axis) for axis in zip(_frequencies(periods), size, periods, strict=True)
    )
    return Matrices(
        over_height=_of_real(height.conj()),
        over_width=_of_parts(width.conj()),
        over_width_turned=np.concatenate([_of_parts(m * width.conj()) for m in (1.0, -1j)]),
        to_width=np.concatenate([_to_parts(m * width.T) for m in (1.0, 1j)], axis=1),
        to_width_conjugate=np.concatenate([_to_parts(m * width.T) for m in (1.0, -1j)], axis=1),
        to_height=_to_real(height.T * _weight(periods)),
    )


@functools.cache
def kernel_matrices(kernel_size: Pair, periods: Pair) -> tuple[np.ndarray, np.ndarray]:
    """Makes the matrices of a kernel (K * terms * N, taps), and back to it, in float64."""
    waves = _kernel_waves(kernel_size, periods)
    of_kernel = np.stack([waves.real, waves.imag], axis=1)  # k, term, n, taps
    to_kernel = np.stack([waves.real, -waves.imag], axis=1)
    to_kernel = to_kernel * _weight(periods)[:, None, None, None]
    taps = kernel_size[0] * kernel_size[1]
    return of_kernel.reshape(-1, taps), to_kernel.reshape(-1, taps).T


def _frequencies(periods: Pair) -> tuple[np.ndarray, np.ndarray]:
    return np.arange(rows(periods[0])), np.arange(periods[1])


def _weight(periods: Pair) -> np.ndarray:
    """c[k]"""
    k, n_h = np.arange(rows(periods[0])), periods[0]
    return np.where((k == 0) | (2 * k == n_h), 1.0, 2.0) / math.prod(periods)


def _wave(frequency: np.ndarray, size: int, period: int) -> np.ndarray:
    """exp(2 pi i f x / period), (frequencies, size)."""
    return np.exp(2j * np.pi * np.outer(frequency, np.arange(size)) / period)


def _kernel_waves(kernel_size: Pair, periods: Pair) -> np.ndarray:
    """(k, n, taps): the waves at the taps' distances from the middle of the kernel."""
    (k, n), (n_h, n_w) = _frequencies(periods), periods
    a, b = (np.arange(taps) - (taps - 1) // 2 for taps in kernel_size)
    phase = np.multiply.outer(k, a)[:, None, :, None] / n_h
    phase = phase + np.multiply.outer(n, b)[None, :, None, :] / n_w
    return np.exp(2j * np.pi * phase).reshape(len(k), len(n), -1)


def _of_real(matrix: np.ndarray) -> np.ndarray:
    """Complex (r, c), of real numbers: (r * parts, c)."""
    return np.stack([matrix.real, matrix.imag], axis=1).reshape(-1, matrix.shape[1])


def _to_real(matrix: np.ndarray) -> np.ndarray:
    """Complex (r, c), of complex numbers whose real part is wanted: (r, c * parts)."""
    return np.stack([matrix.real, -matrix.imag], axis=2).reshape(matrix.shape[0], -1)


def _of_parts(matrix: np.ndarray) -> np.ndarray:
    """Complex (r, c): (r * parts, parts * c)."""
    rows = [(matrix.real, -matrix.imag), (matrix.imag, matrix.real)]
    return np.stack([np.concatenate(row, axis=1) for row in rows], axis=1).reshape(
        -1, 2 * matrix.shape[1]
    )


def _to_parts(matrix: np.ndarray) -> np.ndarray:
    """Complex (r, c): (parts * r, c * parts)."""
    return np.concatenate([_to_real(matrix), _to_real(-1j * matrix)])
