"""Convolutions on TensorFlow's CPU as products of spectra, `functional.fourier`.

A kernel of 7x7 costs 49 products an output and channel directly and about 6 this way, however
large it is; the transforms are products with small matrices. Sums are shorter, so the results lie
nearer to those of exact arithmetic than the direct ones do.

Spectra lie as (k, terms, n, parts * images, channels): one product of matrices a frequency. The
kernel's are the largest tensor, so the rows k go through in blocks, one after the other: control
dependencies hold back what TensorFlow would compute ahead. Nothing but input and kernel is kept
for the backward pass.

Half types are transformed in float32. Spectra of bfloat16 are bfloat16, which about doubles the
rounding error of the direct convolution; those of float16, whose range they could leave, float32.
"""

import math

import tensorflow as tf

from keras_snn.functional import fourier

IMAGES = 32
"""Images that a batch is taken to hold where its size is not known."""


BLOCK = 2**22
"""Elements of a kernel's spectrum that are computed at a time."""


def is_faster(images, size, kernel_shape, dtype):
    """Whether spectra are expected to be faster than the direct convolution.

    Args:
        images: Number of images, or None.
        size: (height, width).
        kernel_shape: (height, width, inputs, outputs).
        dtype: That of the images: in bfloat16 products of matrices, and direct convolutions, take
            half the time.
    """
    images, (height, width), taps = images or IMAGES, size, math.prod(kernel_shape[:2])
    channels = math.prod(kernel_shape[2:])
    rows, columns = fourier.frequencies(size, kernel_shape[:2])
    direct = images * height * width * taps * channels
    mixing = 4 * rows * columns * images * channels
    of_kernel = 2 * rows * columns * taps * channels
    transforms = images * sum(kernel_shape[2:]) * rows * width * (2 * height + 6 * columns)
    rate = 2 if dtype == tf.bfloat16 else 1
    # Times relative to a product of the direct convolution in float32, as measured; 4e7 are the
    # launches of the operations.
    spectral = (1.6 * mixing + 1.8 * of_kernel) / rate + 3.0 * transforms + 4e7
    return 1.2 * spectral < direct / rate


def convolve(x, kernel):
    """Cross-correlation with stride 1, zero-padded to the same size; as `convolution.convolve`.

    Args:
        x: (images, height, width, inputs), height, width and inputs fixed.
        kernel: (height, width, inputs, outputs) of x's dtype.
    """

    @tf.custom_gradient
    def run(x, kernel):
        def gradient(d_y):
            with tf.control_dependencies([d_y]):  # or the spectra of kernels would wait for it
                return _backward(x, kernel, d_y)

        with tf.control_dependencies([x]):
            return _forward(x, kernel), gradient

    return run(x, tf.convert_to_tensor(kernel))


def _forward(x, kernel):
    use, results = Spectra(x, kernel), []
    lines = use.lines(x)
    for rows in use.blocks():
        with tf.control_dependencies(results[-1:]):
            products = tf.matmul(use.spectrum(lines[rows]), use.of_kernel(kernel, rows))
            results.append(use.to_lines(products))
    return use.image(results)


def _backward(x, kernel, d_y):
    """Gradients of x and of the kernel."""
    use, results, d_taps = Spectra(x, kernel), [], []
    lines, d_lines = use.lines(x), use.lines(d_y)
    for rows in use.blocks():
        with tf.control_dependencies(d_taps[-1:]):
            d_spectrum = use.spectrum(d_lines[rows])
            products = tf.matmul(d_spectrum, use.of_kernel(kernel, rows), transpose_b=True)
            results.append(use.to_lines(products, conjugate=True))
        with tf.control_dependencies(results[-1:]):
            spectrum = use.spectrum(lines[rows], turned=True)
            d_kernel = tf.matmul(spectrum, d_spectrum, transpose_a=True)
            d_taps = [sum([*d_taps, use.to_taps(d_kernel, rows)])]
    d_kernel = tf.reshape(d_taps[0], kernel.shape)
    return use.image(results), tf.cast(d_kernel, kernel.dtype)


class Spectra:
    """The steps of a convolution of x with a kernel. `rows` is a slice of the frequencies k."""

    def __init__(self, x, kernel):
        self.size, self.kernel_shape, self.dtype = x.shape[1:3], kernel.shape, x.dtype
        self.wide = tf.float64 if x.dtype == tf.float64 else tf.float32
        self.narrow = tf.bfloat16 if x.dtype == tf.bfloat16 else self.wide
        self.matrices = fourier.matrices(tuple(self.size), tuple(kernel.shape[:2]))
        self.each = 2 * self.matrices.columns  # terms * n, or n * parts

    def blocks(self):
        """Slices of k for which the spectra of the kernel have at most BLOCK elements."""
        step = max(1, BLOCK // (self.each * math.prod(self.kernel_shape[2:])))
        rows = self.matrices.rows
        return [slice(first, min(first + step, rows)) for first in range(0, rows, step)]

    def lines(self, x):
        """(images, height, width, channels) -> (k, parts * width, images, channels)."""
        _, height, width, channels = x.shape
        flat = tf.reshape(tf.transpose(tf.cast(x, self.wide), (1, 2, 0, 3)), [height, -1])
        lines = tf.matmul(tf.constant(self.matrices.over_height, self.wide), flat)
        return tf.reshape(lines, [self.matrices.rows, 2 * width, -1, channels])

    def spectrum(self, lines, turned=False):
        """-> (k, terms, n, parts * images, channels); `turned` has the second term too."""
        chosen = self.matrices.over_width_turned if turned else self.matrices.over_width
        k, parts_width, _, channels = lines.shape
        flat = tf.reshape(lines, [k, parts_width, -1])
        spectrum = tf.cast(tf.matmul(tf.constant(chosen, self.wide), flat), self.narrow)
        return tf.reshape(spectrum, [k, 1 + turned, self.matrices.columns, -1, channels])

    def of_kernel(self, kernel, rows):
        """-> (k, terms, n, inputs, outputs)."""
        matrix = self.matrices.of_kernel[self.each * rows.start : self.each * rows.stop]
        taps = tf.reshape(tf.cast(kernel, self.narrow), [matrix.shape[1], -1])
        spectrum = tf.matmul(tf.constant(matrix, self.narrow), taps)
        return tf.reshape(spectrum, [-1, 2, self.matrices.columns, *self.kernel_shape[2:]])

    def to_lines(self, products, conjugate=False):
        """(k, terms, n, parts * images, channels) -> (k, parts * width, images, channels)."""
        chosen = self.matrices.to_width_conjugate if conjugate else self.matrices.to_width
        k, _, _, _, channels = products.shape
        flat = tf.reshape(tf.cast(products, self.wide), [k, 2 * self.each, -1])
        lines = tf.matmul(tf.constant(chosen, self.wide), flat)
        return tf.reshape(lines, [k, 2 * self.size[1], -1, channels])

    def image(self, blocks):
        """-> (images, height, width, channels), from the lines of all blocks."""
        lines = tf.concat(blocks, 0)
        flat = tf.reshape(lines, [2 * self.matrices.rows, -1])
        image = tf.matmul(tf.constant(self.matrices.to_height, self.wide), flat)
        image = tf.reshape(image, [*self.size, -1, lines.shape[3]])
        return tf.cast(tf.transpose(image, (2, 0, 1, 3)), self.dtype)

    def to_taps(self, d_kernel, rows):
        """(k, terms, n, inputs, outputs) -> (taps, inputs * outputs), the share of these rows."""
        matrix = self.matrices.to_kernel[:, self.each * rows.start : self.each * rows.stop]
        taps = tf.reshape(d_kernel, [matrix.shape[1], -1])
        return tf.cast(tf.matmul(tf.constant(matrix, self.narrow), taps), self.wide)
