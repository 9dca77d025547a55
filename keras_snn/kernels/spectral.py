"""Convolutions on TensorFlow's CPU as products of spectra, `functional.fourier`.

A kernel of 7x7 costs 49 products an output and channel directly and about 6 this way, however
large it is; the transforms are products with small matrices, and kernels for the same images share
those of the images. Sums are shorter, so the results lie nearer to those of exact arithmetic than
the direct ones do.

Spectra lie as (k, terms, n, parts * images, channels): one product of matrices a frequency. The
kernels' are the largest tensors, so the rows k go through in blocks, one after the other: control
dependencies hold back what TensorFlow would compute ahead. Nothing but images and kernels is kept
for the backward pass.

Half types are transformed in float32. Spectra of bfloat16 are bfloat16, and so is the first step
back from their products, which makes 2.3 times the rounding error of the direct convolution; those
of float16, whose range they could leave, are float32.
"""

import functools
import math

import tensorflow as tf

from keras_snn.functional import fourier

IMAGES = 32
"""Images that a batch is taken to hold where its size is not known."""

BLOCK = 2**22
"""Elements of a kernel's spectrum that are computed at a time."""

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
    gains = {(): 0.0}
    for end in range(1, len(kernel_shapes) + 1):
        chosen = tuple(largest_first[:end])
        gains[chosen] = _gain(images or IMAGES, size, [kernel_shapes[i] for i in chosen], dtype)
    return sorted(max(gains, key=gains.get))


def _gain(images, size, kernel_shapes, dtype):
    """What spectra are expected to save, in direct products in float32.

    A third of all three passes: x is transformed twice and its gradient once, each output once
    and its gradient once.
    """
    (height, width), (n_h, n_w) = size, fourier.periods(size, [k[:2] for k in kernel_shapes])
    rate, rows, inputs = 2 if dtype == tf.bfloat16 else 1, fourier.rows(n_h), kernel_shapes[0][2]
    a_line = TRANSFORMS * images * rows * width
    direct, spectral = 0.0, a_line * inputs * (3 * height + 10 * n_w) + LAUNCH
    for *taps, _, outputs in kernel_shapes:
        a_frequency = MIXING * 4 * images + OF_KERNEL * 2 * math.prod(taps)
        spectral += a_frequency * rows * n_w * inputs * outputs / rate
        spectral += a_line * outputs * (2 * height + 6 * n_w) + LAUNCH
        products = images * height * width * math.prod(taps) * inputs * outputs
        direct += products / rate + DIRECT_LAUNCH
    return direct - MARGIN * spectral


def convolve_each(x, kernels):
    """Cross-correlations with stride 1, zero-padded to the same size; as
    `convolution.convolve_each`.

    Args:
        x: (images, height, width, inputs), height, width and inputs fixed.
        kernels: Tensors (height, width, inputs, outputs) of x's dtype.

    Returns:
        A list, (images, height, width, outputs) for each kernel.
    """

    forward, backward = _passes(
        tuple(x.shape), x.dtype, tuple(tuple(kernel.shape) for kernel in kernels)
    )

    @tf.custom_gradient
    def run(x, *kernels):
        def gradient(*d_y):
            d_x, d_kernels = backward(x, kernels, d_y)
            return d_x, *d_kernels

        return forward(x, kernels), gradient

    return run(x, *map(tf.convert_to_tensor, kernels))


@functools.cache
def _passes(shape, dtype, kernel_shapes):
    """`_forward` and `_backward` as functions that are traced once for tensors of the same size."""
    x = tf.TensorSpec(shape, dtype)
    kernels = tuple(tf.TensorSpec(kernel_shape, dtype) for kernel_shape in kernel_shapes)
    d_y = tuple(tf.TensorSpec((*shape[:3], kernel[3]), dtype) for kernel in kernel_shapes)
    return (
        tf.function(_forward, (x, kernels), autograph=False),
        tf.function(_backward, (x, kernels, d_y), autograph=False),
    )


def _forward(x, kernels):
    use, results = Spectra(x, kernels), [[] for _ in kernels]
    lines, last = use.lines(x), [x]  # or the spectra of kernels would not wait for it
    for rows in use.blocks():
        spectrum = use.spectrum(lines[rows])
        for kernel, result in zip(kernels, results, strict=True):
            with tf.control_dependencies(last):
                products = tf.matmul(spectrum, use.of_kernel(kernel, rows))
                result.append(use.to_lines(products))
            last = result[-1:]
    return [use.image(result) for result in results]


def _backward(x, kernels, d_y):
    """Gradients of x and of the kernels."""
    use, results, d_taps = Spectra(x, kernels), [], [0.0] * len(kernels)
    last = list(d_y)  # or all that needs x alone would not wait for it
    with tf.control_dependencies(last):
        lines, d_lines = use.lines(x), [use.lines(d) for d in d_y]
    for rows in use.blocks():
        with tf.control_dependencies(last):
            d_spectra = [use.spectrum(d[rows]) for d in d_lines]
            results.append(use.to_lines(_sum_of_products(use, d_spectra, kernels, rows), True))
        with tf.control_dependencies(results[-1:]):
            spectrum = use.spectrum(lines[rows], turned=True)
            for i, d_spectrum in enumerate(d_spectra):
                d_kernel = tf.matmul(spectrum, d_spectrum, transpose_a=True)
                d_taps[i] += use.to_taps(d_kernel, kernels[i], rows)
        last = d_taps
    pairs = zip(d_taps, kernels, strict=True)
    return use.image(results), [tf.cast(tf.reshape(d, k.shape), k.dtype) for d, k in pairs]


def _sum_of_products(use, d_spectra, kernels, rows):
    """Of spectra and kernels, one after the other."""
    products = []
    for d_spectrum, kernel in zip(d_spectra, kernels, strict=True):
        with tf.control_dependencies(products[-1:]):
            spectrum = use.of_kernel(kernel, rows)
            products.append(tf.matmul(d_spectrum, spectrum, transpose_b=True))
    return tf.add_n(products)


class Spectra:
    """The steps of convolutions of x with kernels. `rows` is a slice of the frequencies k."""

    def __init__(self, x, kernels):
        self.size, self.dtype = tuple(x.shape[1:3]), x.dtype
        self.wide = tf.float64 if x.dtype == tf.float64 else tf.float32
        self.narrow = tf.bfloat16 if x.dtype == tf.bfloat16 else self.wide
        self.periods = fourier.periods(self.size, [tuple(k.shape[:2]) for k in kernels])
        self.rows, self.columns = fourier.rows(self.periods[0]), self.periods[1]
        self.matrices = fourier.matrices(self.size, self.periods)
        self.each = 2 * self.columns  # terms * n, or n * parts
        self.largest = self.each * max(math.prod(k.shape[2:]) for k in kernels)

    def blocks(self):
        """Slices of k for which the spectrum of a kernel has at most BLOCK elements."""
        step = max(1, BLOCK // self.largest)
        return [slice(k, min(k + step, self.rows)) for k in range(0, self.rows, step)]

    def lines(self, x):
        """(images, height, width, channels) -> (k, parts * width, images, channels)."""
        _, height, width, channels = x.shape
        flat = tf.reshape(tf.cast(tf.transpose(x, (1, 2, 0, 3)), self.wide), [height, -1])
        lines = tf.matmul(tf.constant(self.matrices.over_height, self.wide), flat)
        return tf.reshape(lines, [self.rows, 2 * width, -1, channels])

    def spectrum(self, lines, turned=False):
        """-> (k, terms, n, parts * images, channels); `turned` has the second term too."""
        chosen = self.matrices.over_width_turned if turned else self.matrices.over_width
        k, parts_width, _, channels = lines.shape
        flat = tf.reshape(lines, [k, parts_width, -1])
        spectrum = tf.cast(tf.matmul(tf.constant(chosen, self.wide), flat), self.narrow)
        return tf.reshape(spectrum, [k, 1 + turned, self.columns, -1, channels])

    def of_kernel(self, kernel, rows):
        """-> (k, terms, n, inputs, outputs)."""
        matrix, _ = fourier.kernel_matrices(tuple(kernel.shape[:2]), self.periods)
        matrix = matrix[self.each * rows.start : self.each * rows.stop]
        taps = tf.reshape(tf.cast(kernel, self.narrow), [matrix.shape[1], -1])
        spectrum = tf.matmul(tf.constant(matrix, self.narrow), taps)
        return tf.reshape(spectrum, [-1, 2, self.columns, *kernel.shape[2:]])

    def to_lines(self, products, conjugate=False):
        """(k, terms, n, parts * images, channels) -> (k, parts * width, images, channels)."""
        chosen = self.matrices.to_width_conjugate if conjugate else self.matrices.to_width
        k, _, _, _, channels = products.shape
        flat = tf.reshape(products, [k, 2 * self.each, -1])
        lines = tf.cast(tf.matmul(tf.constant(chosen, self.narrow), flat), self.wide)
        return tf.reshape(lines, [k, 2 * self.size[1], -1, channels])

    def image(self, blocks):
        """-> (images, height, width, channels), from the lines of all blocks."""
        lines = tf.concat(blocks, 0)
        flat = tf.reshape(lines, [2 * self.rows, -1])
        image = tf.matmul(tf.constant(self.matrices.to_height, self.wide), flat)
        image = tf.reshape(image, [*self.size, -1, lines.shape[3]])
        return tf.cast(tf.transpose(image, (2, 0, 1, 3)), self.dtype)

    def to_taps(self, d_kernel, kernel, rows):
        """(k, terms, n, inputs, outputs) -> (taps, inputs * outputs), the share of these rows."""
        _, matrix = fourier.kernel_matrices(tuple(kernel.shape[:2]), self.periods)
        matrix = matrix[:, self.each * rows.start : self.each * rows.stop]
        taps = tf.reshape(d_kernel, [matrix.shape[1], -1])
        return tf.cast(tf.matmul(tf.constant(matrix, self.narrow), taps), self.wide)
