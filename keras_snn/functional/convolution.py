"""Convolution with stride 1 whose output has the input's size."""

from collections.abc import Iterable, Sequence
from typing import Any

from keras import ops


def visible(kernel: Any, size: Sequence[int | None]) -> Any:
    """Cuts off the taps of a kernel that see nothing but padding on images of `size`.

    Zero-padded to the same size, an image of length L meets the taps at distances up to L - 1
    from the middle of the kernel: a kernel of 7x7 on images of 2x2 is one of 3x3.

    Args:
        kernel: (height, width, inputs, outputs).
        size: (height, width) of the images; None where one is not known.
    """
    (top, height), (left, width) = map(_visible_taps, kernel.shape[:2], size)
    if (height, width) == tuple(kernel.shape[:2]):
        return kernel
    # The gradient of a slice is a padding. The gradient of an index takes ten times as long.
    return ops.slice(kernel, (top, left, 0, 0), (height, width, *kernel.shape[2:]))


def _visible_taps(taps: int, length: int | None) -> tuple[int, int]:
    """Gives the first visible tap, and the number of them."""
    before = (taps - 1) // 2
    if length is None or length > taps - 1 - before:
        return 0, taps
    first = max(0, before - length + 1)
    return first, before + length - first


def convolve(x: Any, kernel: Any) -> Any:
    """Cross-correlates with stride 1, `(size - 1) // 2` zeros before and `size // 2` after.

        y[i, j] = sum over a, b of x[i + a - p, j + b - q] kernel[a, b]

    Args:
        x: (images, height, width, inputs).
        kernel: (height, width, inputs, outputs).
    """
    kernel = visible(ops.convert_to_tensor(kernel), x.shape[1:3])
    return ops.conv(x, kernel, padding="same", data_format="channels_last")


def convolve_each(x: Any, kernels: Iterable[Any]) -> list[Any]:
    """Convolves with each kernel, as `convolve` does, and returns a list."""
    return [convolve(x, kernel) for kernel in kernels]
