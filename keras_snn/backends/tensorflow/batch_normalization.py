"""Batch normalization as one fused operation on TensorFlow."""

from typing import Any

import tensorflow as tf
from keras import ops

from keras_snn.backends import generic


def batch_norm(
    x: Any, gamma: Any, beta: Any, epsilon: float, weights: Any = None
) -> tuple[Any, Any, Any]:
    """Normalizes as `generic.batch_norm`; half types keep their dtype and are summed in float32."""
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
