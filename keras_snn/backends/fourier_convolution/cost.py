"""The form of a convolution on a CPU, by the expected cost of each.

Costs are in products of numbers of a direct convolution in float32, forward and backward together;
each of the three passes counts as a third. The constants fit measurements on TensorFlow to a
tenth (two cores with AVX-512). On JAX direct convolutions take longer, so spectra would pay more
often than they are chosen.
"""

import math
from collections.abc import Sequence

from keras_snn.backends.fourier_convolution import matrices
from keras_snn.backends.fourier_convolution.matrices import Pair

KernelShape = Sequence[int]
"""(height, width, inputs, outputs)."""

IMAGES = 32
"""Images that a batch is taken to hold where its size is not known."""

MARGIN, MARGIN_OF_ONE = 1.1, 2.2
"""The ratio by which spectra must be cheaper, for several kernels and for one alone."""

LARGEST_ALONE = 3
"""Most taps on a side of a kernel that is never transformed alone: it gains up to 1.4 times when it
is repeated by itself, and nothing in a network."""

MIXING, OF_KERNEL, TRANSFORMS = 1.15, 2.6, 1.25
"""Time of a product of numbers, relative to one of a direct convolution in float32, as measured."""

LAUNCH, DIRECT_LAUNCH = 3.7e7, 5.5e7
"""The fixed cost of the operations of an image or a kernel, and of a direct convolution."""

MAX_SIDE, MIN_CHANNELS = 3, 256 * 256
"""Most pixels on a side, and least product of inputs and outputs, where rows are the fastest."""


def forms(
    images: int | None, size: Pair, kernel_shapes: Sequence[KernelShape], dtype: str
) -> list[str]:
    """Chooses the form that should be the fastest for each kernel: "direct", "rows" or "spectra".

    Args:
        images: Number of images, or None.
        size: (height, width).
        kernel_shapes: (height, width, inputs, outputs) of each kernel.
        dtype: The images' dtype. In bfloat16, products of matrices and direct convolutions take
            half the time.
    """
    images, rate = images or IMAGES, 2 if dtype == "bfloat16" else 1
    found = ["rows" if _is_for_rows(size, shape) else "direct" for shape in kernel_shapes]
    others = [number for number, form in enumerate(found) if form == "direct"]
    for number in _for_spectra(images, size, {i: kernel_shapes[i] for i in others}, rate):
        found[number] = "spectra"
    return found


def _is_for_rows(size: Pair, kernel_shape: KernelShape) -> bool:
    """Tells whether the map has few pixels and the kernel many channels."""
    return max(size) <= MAX_SIDE and math.prod(kernel_shape[2:]) >= MIN_CHANNELS


def _for_spectra(
    images: int, size: Pair, kernel_shapes: dict[int, KernelShape], rate: int
) -> tuple[int, ...]:
    """The numbers of the kernels for which spectra are expected to be faster than directly."""
    largest_first = sorted(kernel_shapes, key=lambda i: -math.prod(kernel_shapes[i][:2]))
    gains: dict[tuple[int, ...], float] = {(): 0.0}
    small = all(max(shape[:2]) <= LARGEST_ALONE for shape in kernel_shapes.values())
    for end in range(1 + (small and len(kernel_shapes) == 1), len(kernel_shapes) + 1):
        chosen = tuple(largest_first[:end])
        shapes = [kernel_shapes[i] for i in chosen]
        direct = sum(_direct(images, size, shape, rate) for shape in shapes)
        margin = MARGIN if end > 1 else MARGIN_OF_ONE
        gains[chosen] = direct - margin * _spectral(images, size, shapes, rate)
    return max(gains, key=lambda chosen: gains[chosen])


def _direct(images: int, size: Pair, kernel_shape: KernelShape, rate: int) -> float:
    """Costs of one kernel, directly."""
    return images * math.prod(size) * math.prod(kernel_shape) / rate + DIRECT_LAUNCH


def _spectral(images: int, size: Pair, kernel_shapes: Sequence[KernelShape], rate: int) -> float:
    """Costs of all kernels, as products of spectra.

    Of the three passes, x is transformed in two and its gradient in one; each output in one, and
    its gradient in one.
    """
    (height, width), (n_h, n_w) = (
        size,
        matrices.periods(size, [(k[0], k[1]) for k in kernel_shapes]),
    )
    rows = matrices.rows(n_h)
    a_line = TRANSFORMS * images * rows * width
    total = a_line * kernel_shapes[0][2] * (3 * height + 10 * n_w) + LAUNCH
    for *taps, inputs, outputs in kernel_shapes:
        a_frequency = MIXING * 4 * images + OF_KERNEL * 2 * math.prod(taps)
        total += a_frequency * rows * n_w * inputs * outputs / rate
        total += a_line * outputs * (2 * height + 6 * n_w) + LAUNCH
    return total
