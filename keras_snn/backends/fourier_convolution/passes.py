"""Convolutions on the CPU as products of spectra.

A kernel of 7x7 costs 49 products an output and channel directly and about 6 this way, however
large it is; the transforms are products with small matrices, and kernels for the same images share
the transforms of the images. Sums are shorter, so in float32 the results err no more than direct
ones do.

Blocks of frequencies and kernels go through one after the other: `after` holds back what TensorFlow
would compute ahead.
"""

from collections.abc import Sequence
from typing import Any

from keras import ops

from keras_snn.backends.fourier_convolution.products import add_n, after, matmul
from keras_snn.backends.fourier_convolution.steps import Spectra


def forward(x: Any, kernels: Sequence[Any]) -> list[Any]:
    """Cross-correlates with stride 1, zero-padded to the same size.

    Args:
        x: (images, height, width, inputs), height, width and inputs fixed.
        kernels: Tensors (height, width, inputs, outputs) of x's dtype.

    Returns:
        A list, (images, height, width, outputs) for each kernel.
    """
    use = Spectra(x, kernels)
    results: list[list[Any]] = [[] for _ in kernels]
    lines, last = use.lines(x), [x]  # or the spectra of kernels would not wait for it
    for rows in use.blocks():
        spectrum = use.spectrum(lines[rows])
        for kernel, result in zip(kernels, results, strict=True):
            with after(last):
                products = matmul(spectrum, use.of_kernel(kernel, rows))
                result.append(use.to_lines(products))
            last = result[-1:]
    return [use.image(result) for result in results]


def backward(x: Any, kernels: Sequence[Any], d_y: Sequence[Any]) -> tuple[Any, list[Any]]:
    """Computes the gradients of x and of the kernels."""
    use, results = Spectra(x, kernels), []
    d_taps: list[Any] = [0.0] * len(kernels)
    last = list(d_y)  # or all that needs x alone would not wait for it
    with after(last):
        lines, d_lines = use.lines(x), [use.lines(d) for d in d_y]
    for rows in use.blocks():
        with after(last):
            d_spectra = [use.spectrum(d[rows]) for d in d_lines]
            results.append(use.to_lines(_sum_of_products(use, d_spectra, kernels, rows), True))
        with after(results[-1:]):
            spectrum = use.spectrum(lines[rows], turned=True)
            for i, d_spectrum in enumerate(d_spectra):
                d_kernel = matmul(spectrum, d_spectrum, transpose_a=True)
                d_taps[i] += use.to_taps(d_kernel, kernels[i], rows)
        last = d_taps
    pairs = zip(d_taps, kernels, strict=True)
    return use.image(results), [ops.cast(ops.reshape(d, k.shape), k.dtype) for d, k in pairs]


def _sum_of_products(
    use: Spectra, d_spectra: Sequence[Any], kernels: Sequence[Any], rows: slice
) -> Any:
    """Sums the products of spectra and kernels, one after the other."""
    products: list[Any] = []
    for d_spectrum, kernel in zip(d_spectra, kernels, strict=True):
        with after(products[-1:]):
            spectrum = use.of_kernel(kernel, rows)
            products.append(matmul(d_spectrum, spectrum, transpose_b=True))
    return add_n(products)
