"""Batch statistics and normalization of the last axis.

    y = (x - mean) / sqrt(variance + epsilon) * gamma + beta

The mean and the biased variance normalize the batch; the running variance takes the unbiased one.
"""

from collections.abc import Callable
from typing import Any

from keras import ops

Total = Callable[[Any], Any]
"""Sums a tensor over all replicas."""


def moments(x: Any, weights: Any = None, total: Total | None = None) -> tuple[Any, Any, Any]:
    """Computes mean, biased and unbiased variance of x over all axes but the last.

    Args:
        x: (..., channels).
        weights: None, or of x's rank without channels, broadcastable: 0 leaves an element out.
        total: None, or the sum over the replicas, each of which has a part of x.
    """
    if weights is None and total is None:
        mean, variance = ops.moments(x, axes=tuple(range(x.ndim - 1)))
        number = elements(x, x.dtype)
    else:
        weights = ops.ones_like(x[..., 0]) if weights is None else weights
        mean, variance, number = _weighted(x, weights, total or (lambda part: part))
    return mean, variance, variance * (number / ops.maximum(number - 1.0, 1.0))


def elements(x: Any, dtype: Any) -> Any:
    """Counts the elements of x per channel."""
    return ops.cast(ops.prod(ops.convert_to_tensor(ops.shape(x)[:-1])), dtype)


def _weighted(x: Any, weights: Any, total: Total) -> tuple[Any, Any, Any]:
    axes = tuple(range(x.ndim - 1))
    weights = ops.broadcast_to(ops.expand_dims(weights, -1), (*ops.shape(x)[:-1], 1))
    number = ops.maximum(total(ops.sum(weights)), 1.0)
    mean = total(ops.sum(x * weights, axis=axes)) / number
    variance = total(ops.sum(ops.square(x - mean) * weights, axis=axes)) / number
    return mean, variance, number


def scale_and_shift(
    mean: Any, variance: Any, gamma: Any, beta: Any, epsilon: float
) -> tuple[Any, Any]:
    """Returns scale and shift with y = x * scale + shift; gamma and beta may be None (1 and 0)."""
    scale = ops.rsqrt(variance + epsilon)
    scale = scale if gamma is None else scale * gamma
    shift = -mean * scale
    return scale, (shift if beta is None else shift + beta)
