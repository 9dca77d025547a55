"""Forms of the functions of `functional` on JAX."""

from collections.abc import Sequence
from typing import Any

import jax

from keras_snn.backends.convolution_forms import convolve_in_spectra_or_directly
from keras_snn.backends.fourier_convolution import passes
from keras_snn.functional import convolution


def convolve_each(x: Any, kernels: Sequence[Any]) -> list[Any]:
    """Convolves as `functional.convolution.convolve_each`, in the form expected to be fastest.

    On GPUs, and where a program may be divided among devices, that is the direct one.
    """
    if jax.default_backend() != "cpu" or jax.device_count() > 1:
        return convolution.convolve_each(x, kernels)
    return convolve_in_spectra_or_directly(x, kernels, in_spectra, convolution.convolve_each)


@jax.custom_vjp
def in_spectra(x: Any, kernels: list[Any]) -> list[Any]:
    """Convolves by spectra; its gradient needs nothing but images and kernels."""
    return _forward(x, kernels)


_forward, _backward = jax.jit(passes.forward), jax.jit(passes.backward)
in_spectra.defvjp(
    lambda x, kernels: (_forward(x, kernels), (x, kernels)),
    lambda kept, d_y: _backward(*kept, d_y),
)
