"""Batch normalization as one fused operation on TensorFlow."""

from typing import Any

import tensorflow as tf
from keras import ops

from keras_snn.backends import generic


def batch_norm(
    x: Any, gamma: Any, beta: Any, epsilon: float, weights: Any = None, total: Any = None
) -> tuple[Any, Any, Any]:
    """Normalizes as `generic.batch_norm`; half types keep their dtype and are summed in float32."""
    total = total if _replicas() > 1 else None
    if weights is not None or total is not None or x.dtype == tf.float64:
        return generic.batch_norm(x, gamma, beta, epsilon, weights, total)
    channels = x.shape[-1]
    gamma = tf.ones([channels]) if gamma is None else ops.cast(gamma, "float32")
    beta = tf.zeros([channels]) if beta is None else ops.cast(beta, "float32")
    image = x if x.shape.rank == 4 else tf.reshape(x, [-1, 1, 1, channels])
    y, mean, variance = tf.compat.v1.nn.fused_batch_norm(
        image, gamma, beta, epsilon=epsilon, is_training=True
    )
    y = y if x.shape.rank == 4 else tf.reshape(y, tf.shape(x))
    return y, mean, variance


def over_replicas(part: Any) -> Any:
    """Sums over all replicas what each has; gradients flow through it to all of them."""
    if _replicas() == 1:
        return part
    return tf.distribute.get_replica_context().all_reduce(tf.distribute.ReduceOp.SUM, part)


def _replicas() -> int:
    """Counts the replicas of a strategy that compute this, 1 outside them."""
    context = tf.distribute.get_replica_context()
    return 1 if context is None else context.num_replicas_in_sync
