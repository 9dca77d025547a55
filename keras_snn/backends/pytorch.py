"""Forms of the functions of `functional` on PyTorch."""

from collections.abc import Sequence
from typing import Any

import torch
from keras import ops

from keras_snn.backends.convolution_forms import convolve_in_spectra_or_directly
from keras_snn.backends.fourier_convolution import passes
from keras_snn.functional import convolution


def convolve_each(x: Any, kernels: Sequence[Any]) -> list[Any]:
    """Convolves as `functional.convolution.convolve_each`, in the form expected to be fastest.

    On GPUs, and in a model that is traced to be written, that is the direct one.
    """
    if x.device.type != "cpu" or torch.compiler.is_compiling() or torch.jit.is_tracing():
        return directly(x, kernels)
    return convolve_in_spectra_or_directly(x, kernels, in_spectra, directly)


def in_spectra(x: Any, kernels: Sequence[Any]) -> list[Any]:
    """Convolves by spectra; its gradient needs nothing but images and kernels."""
    return list(_InSpectra.apply(x, *kernels))


class _InSpectra(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Any, *kernels: Any) -> tuple:
        ctx.save_for_backward(x, *kernels)
        return tuple(passes.forward(x, kernels))

    @staticmethod
    def backward(ctx: Any, *d_y: Any) -> tuple:
        x, *kernels = ctx.saved_tensors
        d_x, d_kernels = passes.backward(x, kernels, d_y)
        return d_x, *d_kernels


def directly(x: Any, kernels: Sequence[Any]) -> list[Any]:
    """Convolves directly, with kernels in PyTorch's order.

    In half types and float64 on the CPU, PyTorch 2.13 refuses to differentiate a convolution with
    one output whose kernel lies in memory as Keras keeps it.
    """
    return convolution.convolve_each(x, [_outputs_first(k, x.shape[1:3]) for k in kernels])


def _outputs_first(kernel: Any, size: Sequence[int]) -> Any:
    """The kernel (height, width, inputs, outputs) in the memory of (outputs, inputs, ...)."""
    kernel = convolution.visible(ops.convert_to_tensor(kernel), size)
    return kernel.permute(3, 2, 0, 1).contiguous().permute(2, 3, 1, 0)
