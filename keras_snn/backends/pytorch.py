"""Forms of the functions of `functional` on PyTorch."""

from collections.abc import Sequence
from typing import Any

from keras import ops

from keras_snn.functional import convolution


def convolve_each(x: Any, kernels: Sequence[Any]) -> list[Any]:
    """Convolves as `functional.convolution.convolve_each`, with kernels in PyTorch's order.

    In half types and float64 on the CPU, PyTorch 2.13 refuses to differentiate a convolution with
    one output whose kernel lies in memory as Keras keeps it.
    """
    return convolution.convolve_each(x, [_outputs_first(k, x.shape[1:3]) for k in kernels])


def _outputs_first(kernel: Any, size: Sequence[int]) -> Any:
    """The kernel (height, width, inputs, outputs) in the memory of (outputs, inputs, ...)."""
    kernel = convolution.visible(ops.convert_to_tensor(kernel), size)
    return kernel.permute(3, 2, 0, 1).contiguous().permute(2, 3, 1, 0)
