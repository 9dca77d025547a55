"""Convolutions on TensorFlow's CPU as products of spectra, `functional.fourier`.

A kernel of 7x7 costs 49 products an output and channel directly and about 6 this way, however
large it is; the transforms are products with small matrices. Sums are shorter, so the results lie
nearer to those of exact arithmetic than the direct ones do.

Spectra lie as (k, terms, n, parts * images, channels): one product of matrices a frequency. The
kernel's are the largest tensor, so the rows k go through in blocks, one after the other: control
dependencies hold back what TensorFlow would compute ahead. Nothing but input and kernel is kept
for the backward pass.
"""

import math

import tensorflow as tf

from keras_snn.functional import fourier

IMAGES = 32
"""Images that a batch is taken to hold where its size is not known."""


BLOCK = 2**22
"""Elements of a kernel's spectrum that are computed at a time."""


def is_faster(images, size, kernel_shape, direct_rate):
    """Whether spectra are expected to be faster than the direct convolution.

    Args:
        images: Number of images, or None.
        size: (height, width).
        kernel_shape: (height, width, inputs, outputs).
        direct_rate: Products a second of the direct convolution, relative to that in float32.
    """
    images, (height, width), taps = images or IMAGES, size, math.prod(kernel_shape[:2])
    channels = math.prod(kernel_shape[2:])
    rows, columns = fourier.frequencies(size, kernel_shape[:2])
    direct = images * height * width * taps * channels
    mixing = 4 * rows * columns * images * channels
    of_kernel = 2 * rows * columns * taps * channels
    transforms = images * sum(kernel_shape[2:]) * rows * width * (2 * height + 6 * columns)
    # Products a second of each step as measured in float32, relative to the direct convolution's;
    # 4e7 are the launches of the operations.
    return 1.2 * (1.6 * mixing + 1.8 * of_kernel + 3.0 * transforms + 4e7) < direct / direct_rate


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
    use, wide = _prepare(x, kernel)
    lines, taps, results = _lines(wide(x), use), wide(kernel), []
    for rows in _blocks(use, kernel.shape):
        with tf.control_dependencies(results[-1:]):
            spectrum = _spectrum(lines[rows], use.over_width, use.columns)
            products = tf.matmul(spectrum, _kernel_spectrum(taps, use, rows))
            results.append(_to_lines(products, use.to_width))
    return tf.cast(_image(tf.concat(results, 0), use, x.shape, kernel.shape[3]), x.dtype)


def _backward(x, kernel, d_y):
    """Gradients of x and of the kernel."""
    use, wide = _prepare(x, kernel)
    lines, d_lines, taps = _lines(wide(x), use), _lines(wide(d_y), use), wide(kernel)
    results, d_taps = [], []
    for rows in _blocks(use, kernel.shape):
        with tf.control_dependencies(d_taps[-1:]):
            d_spectrum = _spectrum(d_lines[rows], use.over_width, use.columns)
            products = tf.matmul(d_spectrum, _kernel_spectrum(taps, use, rows), transpose_b=True)
            results.append(_to_lines(products, use.to_width_conjugate))
        with tf.control_dependencies(results[-1:]):
            spectrum = _spectrum(lines[rows], use.over_width_turned, use.columns)
            d_kernel = tf.matmul(spectrum, d_spectrum, transpose_a=True)
            d_taps = [sum([*d_taps, _to_taps(d_kernel, use, rows)])]
    d_x = _image(tf.concat(results, 0), use, x.shape, x.shape[3])
    return tf.cast(d_x, x.dtype), tf.cast(tf.reshape(d_taps[0], kernel.shape), kernel.dtype)


def _prepare(x, kernel):
    """The matrices, and the cast to the dtype of the arithmetic: float32 for half types."""
    dtype = x.dtype if x.dtype == tf.float64 else tf.float32
    found = fourier.matrices(tuple(x.shape[1:3]), tuple(kernel.shape[:2]))
    tensors = [tf.constant(matrix, dtype) for matrix in found[2:]]
    return fourier.Matrices(*found[:2], *tensors), lambda tensor: tf.cast(tensor, dtype)


def _blocks(use, kernel_shape):
    """Slices of the rows k whose spectra of the kernel have at most BLOCK elements."""
    row = 2 * use.columns * math.prod(kernel_shape[2:])
    step = max(1, BLOCK // row)
    return [slice(first, min(first + step, use.rows)) for first in range(0, use.rows, step)]


def _lines(x, use):
    """(images, height, width, channels) -> (k, parts * width, images * channels)."""
    _, height, width, _ = x.shape
    lines = tf.reshape(tf.transpose(x, (1, 2, 0, 3)), [height, -1])
    return tf.reshape(tf.matmul(use.over_height, lines), [use.rows, 2 * width, -1, x.shape[3]])


def _spectrum(lines, over_width, columns):
    """-> (k, terms, n, parts * images, channels)."""
    rows, _, _, channels = lines.shape
    flat = tf.reshape(lines, [rows, lines.shape[1], -1])
    terms = over_width.shape[0] // (2 * columns)
    return tf.reshape(tf.matmul(over_width, flat), [rows, terms, columns, -1, channels])


def _kernel_spectrum(kernel, use, rows):
    """(height, width, inputs, outputs) -> (k, terms, n, inputs, outputs)."""
    each = 2 * use.columns
    matrix = use.of_kernel[rows.start * each : rows.stop * each]
    taps = tf.reshape(kernel, [matrix.shape[1], -1])
    return tf.reshape(
        tf.matmul(matrix, taps), [rows.stop - rows.start, 2, use.columns, *kernel.shape[2:]]
    )


def _to_lines(products, to_width):
    """(k, terms, n, parts * images, channels) -> (k, parts * width, images * channels)."""
    rows, terms, columns, _, _ = products.shape
    return tf.matmul(to_width, tf.reshape(products, [rows, 2 * terms * columns, -1]))


def _image(lines, use, shape, channels):
    """(k, parts * width, images * channels) -> (images, height, width, channels)."""
    _, height, width, _ = shape
    image = tf.matmul(use.to_height, tf.reshape(lines, [2 * use.rows, -1]))
    return tf.transpose(tf.reshape(image, [height, width, -1, channels]), (2, 0, 1, 3))


def _to_taps(d_kernel, use, rows):
    """(k, terms, n, inputs, outputs) -> (taps, inputs * outputs), the share of some rows."""
    each = 2 * use.columns
    matrix = use.to_kernel[:, rows.start * each : rows.stop * each]
    return tf.matmul(matrix, tf.reshape(d_kernel, [matrix.shape[1], -1]))
