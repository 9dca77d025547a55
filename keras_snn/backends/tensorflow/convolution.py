"""Convolutions on TensorFlow: the choice of a form, and its passes as one operation."""

import functools
from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf

from keras_snn.backends.convolution_forms import DIRECT, SPECTRA, Convolve, convolve_in_forms
from keras_snn.backends.fourier_convolution import cost, passes
from keras_snn.backends.fourier_convolution.steps import cpu_has
from keras_snn.backends.tensorflow import row_im2col
from keras_snn.backends.tensorflow.exporting import is_traced_for_elsewhere
from keras_snn.backends.tensorflow.traced import trace
from keras_snn.functional import convolution

FORMS = {SPECTRA: passes, "rows": row_im2col}
"""Modules with `forward(x, kernels)` and `backward(x, kernels, d_y)`."""


def convolve_each(x: Any, kernels: Sequence[Any]) -> list[Any]:
    """Convolves as `functional.convolution.convolve_each`, in the forms expected to be fastest."""
    kernels = [convolution.visible(tf.convert_to_tensor(k), x.shape[1:3]) for k in kernels]
    ways: dict[str, Convolve] = {DIRECT: convolution.convolve_each}
    ways |= {form: functools.partial(convolve_in, passes_of) for form, passes_of in FORMS.items()}
    return convolve_in_forms(x, kernels, _forms(x, kernels), ways)


def _forms(x: Any, kernels: Sequence[Any]) -> list[str]:
    """Names the form for each kernel: a key of FORMS, or DIRECT."""
    images, *size = x.shape[:3]
    direct = None in size or _has_gpu() or is_traced_for_elsewhere()
    if direct or (x.dtype == tf.bfloat16 and cpu_has("amx_bf16")):  # a unit for direct products
        return [DIRECT] * len(kernels)
    return cost.forms(images, size, [kernel.shape for kernel in kernels], x.dtype.name)


@functools.cache
def _has_gpu() -> bool:
    return bool(tf.config.list_logical_devices("GPU"))


def convolve_in(form: Any, x: Any, kernels: Sequence[Any]) -> list[Any]:
    """Convolves in one operation, whose gradient needs nothing but images and kernels."""
    shapes = tuple(tuple(kernel.shape) for kernel in kernels)
    forward, backward = _passes(form, tuple(x.shape), x.dtype, shapes)

    @tf.custom_gradient
    def run(x: Any, *kernels: Any) -> tuple[Any, Callable]:
        def gradient(*d_y: Any) -> tuple:
            d_x, d_kernels = backward(x, kernels, d_y)
            return d_x, *d_kernels

        return forward(x, kernels), gradient

    return run(x, *kernels)


@functools.cache
def _passes(form: Any, shape: tuple, dtype: Any, kernel_shapes: tuple) -> tuple[Callable, Callable]:
    """Makes the passes functions that are traced once for tensors of the same size."""
    x = tf.TensorSpec(shape, dtype)
    kernels = tuple(tf.TensorSpec(kernel_shape, dtype) for kernel_shape in kernel_shapes)
    d_y = tuple(tf.TensorSpec((*shape[:3], kernel[3]), dtype) for kernel in kernel_shapes)
    return trace(x, kernels)(form.forward), trace(x, kernels, d_y)(form.backward)
