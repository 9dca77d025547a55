"""What convolutions on TensorFlow's CPU are expected to cost, directly and as products of spectra.

In products of numbers of a direct convolution in float32, forward and backward together, of which
each pass counts as a third. The constants fit measurements (two cores with AVX-512) to a tenth.
"""

import math

from keras_snn.functional import fourier

IMAGES = 32
"""Images that a batch is taken to hold where its size is not known."""

MARGIN = 1.1
"""How much less time spectra must be expected to take."""

MIXING, OF_KERNEL, TRANSFORMS = 1.15, 2.6, 1.25
"""Time of a product of numbers, relative to one of a direct convolution in float32, as measured."""

LAUNCH, DIRECT_LAUNCH = 3.7e7, 5.5e7
"""What the operations of an image or a kernel, and of a direct convolution, cost besides."""


def faster(images, size, kernel_shapes, dtype):
    """The kernels, by their numbers, for which spectra are expected to be faster.

    Args:
        images: Number of images, or None.
        size: (height, width).
        kernel_shapes: (height, width, inputs, outputs) of each kernel.
        dtype: That of the images: in bfloat16 products of matrices, and direct convolutions, take
            half the time.
    """
    largest_first = sorted(
        range(len(kernel_shapes)), key=lambda i: math.prod(kernel_shapes[i][:2]), reverse=True
    )
    rate, gains = 2 if dtype == "bfloat16" else 1, {(): 0.0}
    for end in range(1, len(kernel_shapes) + 1):
        chosen = tuple(largest_first[:end])
        shapes, images = [kernel_shapes[i] for i in chosen], images or IMAGES
        direct = sum(_direct(images, size, shape, rate) for shape in shapes)
        gains[chosen] = direct - MARGIN * _spectral(images, size, shapes, rate)
    return sorted(max(gains, key=gains.get))


def _direct(images, size, kernel_shape, rate):
    """Of one kernel, directly."""
    return images * math.prod(size) * math.prod(kernel_shape) / rate + DIRECT_LAUNCH


def _spectral(images, size, kernel_shapes, rate):
    """Of all kernels, as products of spectra.

    Of the three passes, x is transformed in two and its gradient in one; each output in one, and
    its gradient in one.
    """
    (height, width), (n_h, n_w) = size, fourier.periods(size, [k[:2] for k in kernel_shapes])
    rows = fourier.rows(n_h)
    a_line = TRANSFORMS * images * rows * width
    total = a_line * kernel_shapes[0][2] * (3 * height + 10 * n_w) + LAUNCH
    for *taps, inputs, outputs in kernel_shapes:
        a_frequency = MIXING * 4 * images + OF_KERNEL * 2 * math.prod(taps)
        total += a_frequency * rows * n_w * inputs * outputs / rate
        total += a_line * outputs * (2 * height + 6 * n_w) + LAUNCH
    return total
