"""Batch statistics and normalization of the last axis.

    y = (x - mean) / sqrt(variance + epsilon) * gamma + beta

The mean and the biased variance normalize the batch; the running variance takes the unbiased one.
"""

from typing import Any

from keras import ops


def moments(x: Any, weights: Any = None) -> tuple[Any, Any, Any]:
    """Computes mean, biased and unbiased variance of x over all axes but the last.

    `weights` is None or of x's rank without channels, broadcastable: 0 leaves an element out.
    """
    axes = tuple(range(x.ndim - 1))
    if weights is None:
        mean, variance = ops.moments(x, axes=axes)
        count = ops.cast(ops.prod(ops.convert_to_tensor(ops.shape(x)[:-1])), x.dtype)
    else:
        weights = ops.broadcast_to(ops.expand_dims(weights, -1), (*ops.shape(x)[:-1], 1))
        count = ops.maximum(ops.sum(weights), 1.0)
        mean = ops.sum(x * weights, axis=axes) / count
        variance = ops.sum(ops.square(x - mean) * weights, axis=axes) / count
    return mean, variance, variance * (count / ops.maximum(count - 1.0, 1.0))


def scale_and_shift(
    mean: Any, variance: Any, gamma: Any, beta: Any, epsilon: float
) -> tuple[Any, Any]:
    """Returns scale and shift with y = x * scale + shift; gamma and beta may be None (1 and 0)."""
    scale = ops.rsqrt(variance + epsilon)
    scale = scale if gamma is None else scale * gamma
    shift = -mean * scale
    return scale, (shift if beta is None else shift + beta)
