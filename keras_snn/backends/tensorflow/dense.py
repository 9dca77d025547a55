"""The product of a dense layer on TensorFlow, whose kernel's gradient waits for that of the input.

An optimiser that updates a kernel which is still to be read copies all of it first. In this order
nothing reads the kernel any more when its own gradient is there.
"""

import tensorflow as tf
from keras import ops

from keras_snn.backends.tensorflow.exporting import is_traced_for_elsewhere


def multiply(x, kernel):
    """As `plain.multiply`."""
    kernel = tf.convert_to_tensor(kernel)
    fits = isinstance(x, tf.Tensor) and x.dtype == kernel.dtype
    if not fits or is_traced_for_elsewhere():
        return ops.matmul(x, kernel)
    if x.shape.rank == 2:
        return _multiply(x, kernel)
    y = _multiply(tf.reshape(x, [-1, kernel.shape[0]]), kernel)
    return tf.reshape(y, [*ops.shape(x)[:-1], kernel.shape[1]])


@tf.custom_gradient
def _multiply(x, kernel):
    def gradient(d_y):
        d_x = tf.matmul(d_y, kernel, transpose_b=True)
        with tf.control_dependencies([d_x]):
            return d_x, tf.matmul(x, d_y, transpose_a=True)

    return tf.matmul(x, kernel), gradient
