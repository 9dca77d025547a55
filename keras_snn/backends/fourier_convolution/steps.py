"""The steps of convolutions as products of spectra, whose matrices `matrices` makes.

Spectra lie as (k, terms, n, parts * images, channels): one product of matrices a frequency. They
are the largest tensors, so the rows k go through in blocks.

Half types are transformed in float32. On CPUs that multiply bfloat16, spectra of bfloat16 are
bfloat16, and so is the first step back from their products: `ROUNDINGS` in all. Elsewhere float32
is as fast, and only the result is rounded. Spectra of float16, whose range they could leave, are
float32.
"""

import functools
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from keras import backend, ops

from keras_snn.backends.fourier_convolution import matrices
from keras_snn.backends.fourier_convolution.products import matmul
from keras_snn.functional.precision import wide_dtype

ROUNDINGS = 7
"""Roundings to bfloat16 between images and results: the spectra of images and of kernels, their
products, the lines, the result, and the matrices of the two steps that are made in bfloat16. The
transforms keep norms, so each adds at most a unit roundoff, 2^-8, to the relative error."""

ELEMENTS_AT_ONCE = 2**23
"""Elements of a spectrum that are computed at a time."""


class Spectra:
    """The steps of convolutions of x with kernels. `rows` is a slice of the frequencies k."""

    def __init__(self, x: Any, kernels: Sequence[Any]) -> None:
        self.size, self.dtype = tuple(x.shape[1:3]), backend.standardize_dtype(x.dtype)
        self.wide = wide_dtype(self.dtype)
        narrow = self.dtype == "bfloat16" and cpu_has("avx512_bf16")
        self.narrow = self.dtype if narrow else self.wide
        self.periods = matrices.periods(self.size, [tuple(k.shape[:2]) for k in kernels])
        self.rows, self.columns = matrices.rows(self.periods[0]), self.periods[1]
        self.matrices = matrices.matrices(self.size, self.periods)
        self.each = 2 * self.columns  # terms * n, or n * parts
        self.largest = self.each * max(_largest(x, k) for k in kernels)

    def blocks(self) -> list[slice]:
        """Slices of k, nearly of one length, with at most about ELEMENTS_AT_ONCE of a spectrum."""
        step = math.ceil(self.rows / math.ceil(self.rows * self.largest / ELEMENTS_AT_ONCE))
        return [slice(k, min(k + step, self.rows)) for k in range(0, self.rows, step)]

    def lines(self, x: Any) -> Any:
        """(images, height, width, channels) -> (k, parts * width, images, channels)."""
        _, height, width, channels = x.shape
        flat = ops.reshape(ops.cast(ops.transpose(x, (1, 2, 0, 3)), self.wide), [height, -1])
        lines = matmul(ops.convert_to_tensor(self.matrices.over_height, self.wide), flat)
        return ops.reshape(lines, [self.rows, 2 * width, -1, channels])

    def spectrum(self, lines: Any, turned: bool = False) -> Any:
        """-> (k, terms, n, parts * images, channels); `turned` has the second term too."""
        chosen = self.matrices.over_width_turned if turned else self.matrices.over_width
        k, parts_width, _, channels = lines.shape
        flat = ops.reshape(lines, [k, parts_width, -1])
        spectrum = ops.cast(matmul(ops.convert_to_tensor(chosen, self.wide), flat), self.narrow)
        return ops.reshape(spectrum, [k, 1 + turned, self.columns, -1, channels])

    def of_kernel(self, kernel: Any, rows: slice) -> Any:
        """-> (k, terms, n, inputs, outputs)."""
        matrix, _ = matrices.kernel_matrices(tuple(kernel.shape[:2]), self.periods)
        matrix = matrix[self.each * rows.start : self.each * rows.stop]
        taps = ops.reshape(ops.cast(kernel, self.narrow), [matrix.shape[1], -1])
        spectrum = matmul(ops.convert_to_tensor(matrix, self.narrow), taps)
        return ops.reshape(spectrum, [-1, 2, self.columns, *kernel.shape[2:]])

    def to_lines(self, products: Any, conjugate: bool = False) -> Any:
        """(k, terms, n, parts * images, channels) -> (k, parts * width, images, channels)."""
        chosen = self.matrices.to_width_conjugate if conjugate else self.matrices.to_width
        k, _, _, _, channels = products.shape
        flat = ops.reshape(products, [k, 2 * self.each, -1])
        lines = ops.cast(matmul(ops.convert_to_tensor(chosen, self.narrow), flat), self.wide)
        return ops.reshape(lines, [k, 2 * self.size[1], -1, channels])

    def image(self, blocks: Sequence[Any]) -> Any:
        """-> (images, height, width, channels), from the lines of all blocks."""
        lines = ops.concatenate(blocks, 0)
        flat = ops.reshape(lines, [2 * self.rows, -1])
        image = matmul(ops.convert_to_tensor(self.matrices.to_height, self.wide), flat)
        image = ops.reshape(image, [*self.size, -1, lines.shape[3]])
        return ops.cast(ops.transpose(image, (2, 0, 1, 3)), self.dtype)

    def to_taps(self, d_kernel: Any, kernel: Any, rows: slice) -> Any:
        """(k, terms, n, inputs, outputs) -> (taps, inputs * outputs), the share of these rows."""
        _, matrix = matrices.kernel_matrices(tuple(kernel.shape[:2]), self.periods)
        matrix = matrix[:, self.each * rows.start : self.each * rows.stop]
        taps = ops.reshape(d_kernel, [matrix.shape[1], -1])
        return ops.cast(matmul(ops.convert_to_tensor(matrix, self.narrow), taps), self.wide)


def _largest(x: Any, kernel: Any) -> int:
    """Elements at a frequency and term of the largest spectrum: the kernel's, or the images'."""
    images = x.shape[0] if isinstance(x.shape[0], int) else 0
    channels = kernel.shape[2:]
    return max(math.prod(channels), 2 * images * max(channels))


@functools.cache
def cpu_has(instructions: str) -> bool:
    """Tells whether the CPU has the named instruction set, as Linux calls it."""
    cpu = Path("/proc/cpuinfo")
    return cpu.exists() and instructions in cpu.read_text().split()
