"""Convolutions on TensorFlow's CPU as products of spectra, `functional.fourier`.

A kernel of 7x7 costs 49 products an output and channel directly and about 6 this way, however
large it is; the transforms are products with small matrices. Sums are shorter, so the results lie
nearer to those of exact arithmetic than the direct ones do.

Spectra lie as (k, n, parts * images, channels): one product of matrices a frequency. Nothing but
input and kernel is kept for the backward pass.
"""

import math

import tensorflow as tf

from keras_snn.functional import fourier

IMAGES = 32
"""Images that a batch is taken to hold where its size is not known."""


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
            return _backward(x, kernel, d_y)

        return _forward(x, kernel), gradient

    return run(x, tf.convert_to_tensor(kernel))


def _forward(x, kernel):
    use, wide = _prepare(x, kernel)
    spectrum = _spectrum(wide(x), use, use.over_width, terms=1)
    products = tf.matmul(spectrum, _kernel_spectrum(wide(kernel), use))
    return tf.cast(_image(products, use, use.to_width, x.shape), x.dtype)


def _backward(x, kernel, d_y):
    """Gradients of x and of the kernel."""
    use, wide = _prepare(x, kernel)
    d_spectrum = _spectrum(wide(d_y), use, use.over_width, terms=1)
    products = tf.matmul(d_spectrum, _kernel_spectrum(wide(kernel), use), transpose_b=True)
    d_x = _image(products, use, use.to_width_conjugate, x.shape)
    spectrum = _spectrum(wide(x), use, use.over_width_turned, terms=2)
    d_kernel = tf.matmul(spectrum, d_spectrum, transpose_a=True)
    d_kernel = tf.matmul(use.to_kernel, tf.reshape(d_kernel, [use.to_kernel.shape[1], -1]))
    return tf.cast(d_x, x.dtype), tf.cast(tf.reshape(d_kernel, kernel.shape), kernel.dtype)


def _prepare(x, kernel):
    """The matrices, and the cast to the dtype of the arithmetic: float32 for half types."""
    dtype = x.dtype if x.dtype == tf.float64 else tf.float32
    found = fourier.matrices(tuple(x.shape[1:3]), tuple(kernel.shape[:2]))
    tensors = [tf.constant(matrix, dtype) for matrix in found[2:]]
    return fourier.Matrices(*found[:2], *tensors), lambda tensor: tf.cast(tensor, dtype)


def _spectrum(x, use, over_width, terms):
    """(images, height, width, channels) -> (k, terms, n, parts * images, channels)."""
    _, height, width, channels = x.shape
    lines = tf.reshape(tf.transpose(x, (1, 2, 0, 3)), [height, -1])
    lines = tf.reshape(tf.matmul(use.over_height, lines), [use.rows, 2 * width, -1])
    return tf.reshape(tf.matmul(over_width, lines), [use.rows, terms, use.columns, -1, channels])


def _kernel_spectrum(kernel, use):
    """(height, width, inputs, outputs) -> (k, terms, n, inputs, outputs)."""
    taps = tf.reshape(kernel, [use.of_kernel.shape[1], -1])
    return tf.reshape(tf.matmul(use.of_kernel, taps), [use.rows, 2, use.columns, *kernel.shape[2:]])


def _image(products, use, to_width, shape):
    """(k, terms, n, parts * images, channels) -> (images, height, width, channels)."""
    _, height, width, _ = shape
    channels = products.shape[-1]
    lines = tf.matmul(to_width, tf.reshape(products, [use.rows, 4 * use.columns, -1]))
    lines = tf.matmul(use.to_height, tf.reshape(lines, [2 * use.rows, -1]))
    return tf.transpose(tf.reshape(lines, [height, width, -1, channels]), (2, 0, 1, 3))
