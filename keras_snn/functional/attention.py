"""The arithmetic of SMA and FSTA between their learned projections.

Maps are (batch, time, height, width, channels); N is the number of scales.
"""

import functools
import operator
from collections.abc import Iterable, Sequence
from typing import Any

from keras import ops

from keras_snn.functional.precision import mean

SPACE = (2, 3)
"""Axes of height and width."""


def squeeze(maps: Sequence[Any]) -> Any:
    """Takes the spatial mean of the sum of N maps: N tensors -> (batch, time, channels)."""
    return _total(mean(scale, axis=SPACE) for scale in maps)


def scale_softmax(scores: Sequence[Any]) -> Any:
    """Takes the softmax over the scales: N tensors (batch, ...) -> (batch, N, ...)."""
    if len(scores) == 1:  # Keras warns of a softmax over one
        return ops.ones_like(scores[0])[:, None]
    weights = ops.softmax(ops.stack(scores, axis=-1), axis=-1)
    return ops.transpose(weights, (0, weights.ndim - 1, *range(1, weights.ndim - 1)))


def scale_weights(time_weights: Any, channel_weights: Any) -> Any:
    """Multiplies A^T (batch, N, time) and A^C (batch, N, time, channels)."""
    return ops.expand_dims(time_weights, -1) * channel_weights


def decode(maps: Sequence[Any], weights: Any) -> Any:
    """Sums weight * map over the scales: N maps, (batch, N, time, channels) -> one map."""
    weights = ops.unstack(weights[:, :, :, None, None, :], axis=1)  # (batch, time, 1, 1, channels)
    return _total(scale * weight for scale, weight in zip(maps, weights, strict=True))


def _total(values: Iterable[Any]) -> Any:
    """Sums values without starting at zero, as Python's `sum` does."""
    return functools.reduce(operator.add, values)


def channel_sum(x: Any) -> Any:
    """Sums over channels: (batch, time, height, width, channels) -> (batch, ..., width)."""
    return ops.sum(x, axis=-1)


@ops.custom_gradient
def spatial_maximum(x: Any) -> Any:
    """Takes the maximum over height and width; equal largest elements share the gradient."""
    maximum = ops.max(x, axis=SPACE, keepdims=True)

    def gradient(*args: Any, upstream: Any = None) -> Any:
        upstream = args[0] if upstream is None else upstream
        largest = ops.cast(ops.equal(x, maximum), x.dtype)
        # Divided before it is spread over the map, not after.
        return largest * (upstream[:, :, None, None] / ops.sum(largest, axis=SPACE, keepdims=True))

    return maximum[:, :, 0, 0], gradient


def time_statistics(summed: Any, maximum: Any, alpha: Any, beta: Any) -> Any:
    """Averages alpha * spatial mean + beta * spatial maximum of x over channels: (batch, time).

    The means are taken of `summed`, the `channel_sum` of x, which saves a gradient of x's size.
    """
    of_space = mean(summed, axis=SPACE) / maximum.shape[-1]
    return alpha * of_space + beta * mean(maximum, axis=-1)


def mean_attended_map(summed: Any, time_weights: Any) -> Any:
    """Averages x * (1 + w_t), summed over channels, over time: (batch, height, width, 1)."""
    weighted = summed * (1.0 + time_weights)[:, :, None, None]
    return ops.expand_dims(mean(weighted, axis=1), -1)


def gate(time_weights: Any, space_weights: Any, t: Any, s: Any) -> Any:
    """Computes all of FSTA as one factor: (1 + w_t) * (t + s * (1 + w_s)) / 2.

    (batch, time), (batch, height, width, 1) -> (batch, time, height, width, 1).
    """
    space = 0.5 * (t + s * (1.0 + space_weights))
    return (1.0 + time_weights)[:, :, None, None, None] * ops.expand_dims(space, 1)
