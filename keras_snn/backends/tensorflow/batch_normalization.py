"""Kernels of TensorFlow: batch normalisation as one fused operation, and the choice of LIF's."""

import tensorflow as tf
from keras import ops

from keras_snn.backends import generic
from keras_snn.backends.tensorflow import traced, xla
from keras_snn.backends.tensorflow.convolution import convolve_each
from keras_snn.backends.tensorflow.exporting import is_traced_for_elsewhere
from keras_snn.functional import lif as operation
from keras_snn.functional import membrane, time

__all__ = ["batch_norm", "convolve_each", "lif"]

SMALL = 32768
"""Elements of a sample below which compiling LIF costs more than it gains."""


def lif(x, v0, leak, mask, dynamics, *, return_state=False):
    """As `functional.lif.lif`, compiled where that is known to gain."""
    form = _form(x, mask)
    passes = form.forward, form.backward
    return operation.lif(x, v0, leak, mask, dynamics, return_state=return_state, passes=passes)


def _form(x, mask):
    """The module whose passes are used."""
    shape = x.shape[1:]
    if mask is not None or not shape.is_fully_defined() or is_traced_for_elsewhere():
        return membrane
    if shape.num_elements() >= SMALL and xla.steps_of_chunks(shape[0]) is not None:
        return xla
    return traced if time.unrolls(shape[0]) else membrane


def batch_norm(x, gamma, beta, epsilon, weights=None):
    """As `plain.batch_norm`; half types keep their dtype and are summed in float32."""
    if weights is not None or x.dtype == tf.float64:
        return generic.batch_norm(x, gamma, beta, epsilon, weights)
    channels = x.shape[-1]
    gamma = tf.ones([channels]) if gamma is None else ops.cast(gamma, "float32")
    beta = tf.zeros([channels]) if beta is None else ops.cast(beta, "float32")
    image = x if x.shape.rank == 4 else tf.reshape(x, [-1, 1, 1, channels])
    y, mean, variance = tf.compat.v1.nn.fused_batch_norm(
        image, gamma, beta, epsilon=epsilon, is_training=True
    )
    y = y if x.shape.rank == 4 else tf.reshape(y, tf.shape(x))
    return y, mean, variance
