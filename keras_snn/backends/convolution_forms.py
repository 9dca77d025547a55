"""Convolutions of the same images with several kernels, each kernel in a form of its own."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from keras import backend, ops

from keras_snn.backends.fourier_convolution import cost
from keras_snn.functional import convolution

DIRECT, SPECTRA = "direct", "spectra"

Convolve = Callable[[Any, Sequence[Any]], list[Any]]
"""Convolves as `functional.convolution.convolve_each`."""


def convolve_in_forms(
    x: Any, kernels: Sequence[Any], forms: Sequence[str], ways: Mapping[str, Convolve]
) -> list[Any]:
    """Convolves with each kernel in its form, those of one form together."""
    results: dict[int, Any] = {}
    for form in sorted(set(forms)):
        numbers = [number for number, its_form in enumerate(forms) if its_form == form]
        found = ways[form](x, [kernels[number] for number in numbers])
        results.update(zip(numbers, found, strict=True))
    return [results[number] for number in range(len(kernels))]


def convolve_in_spectra_or_directly(
    x: Any, kernels: Sequence[Any], in_spectra: Convolve, directly: Convolve
) -> list[Any]:
    """Convolves large kernels as products of spectra, on the CPU of JAX or PyTorch.

    Half types and maps of unknown size go directly.
    """
    size = x.shape[1:3]
    kernels = [convolution.visible(ops.convert_to_tensor(k), size) for k in kernels]
    dtype, (images, *size) = backend.standardize_dtype(x.dtype), x.shape[:3]
    forms = [DIRECT] * len(kernels)
    if dtype in ("float32", "float64") and all(isinstance(n, int) for n in (images, *size)):
        found = cost.forms(images, (size[0], size[1]), [tuple(k.shape) for k in kernels], dtype)
        forms = [form if form == SPECTRA else DIRECT for form in found]
    return convolve_in_forms(x, kernels, forms, {SPECTRA: in_spectra, DIRECT: directly})
