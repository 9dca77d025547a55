"""Attention ZoneOut: the selection of cells, and their replacement by the previous step.

With N scales, per scale n and over the batch: the n_T steps of the smallest time weight A^T, and
the n_C channels of the smallest channel weight A^C summed over those steps. A cell (t, c) of both
is replaced, except at t = 0, which has no previous step.
"""

from typing import Any

from keras import ops

from keras_snn.functional import time


def lowest(scores: Any, count: int) -> Any:
    """Marks the `count` lowest of the last axis by 1; ties go to the lower index."""
    order = ops.argsort(scores, axis=-1)[..., :count]
    return ops.sum(ops.one_hot(order, scores.shape[-1], dtype=scores.dtype), axis=-2)


def select(time_weights: Any, channel_weights: Any, steps: int, channels: int) -> Any:
    """Marks the cells to replace by 1, (N, time, channels), without a gradient.

    Args:
        time_weights: (batch, N, time), float32 or better.
        channel_weights: (batch, N, time, channels), float32 or better.
        steps: n_T.
        channels: n_C.
    """
    time_scores = ops.sum(ops.stop_gradient(time_weights), axis=0)  # (N, time)
    low_steps = lowest(time_scores, steps)
    over_batch = ops.sum(ops.stop_gradient(channel_weights), axis=0)  # (N, time, channels)
    channel_scores = ops.sum(over_batch * low_steps[..., None], axis=1)  # (N, channels)
    low_channels = lowest(channel_scores, channels)
    later = ops.cast(ops.arange(low_steps.shape[1]) > 0, low_steps.dtype)
    return (low_steps * later)[:, :, None] * low_channels[:, None, :]


def replace(features: Any, cells: Any) -> Any:
    """Replaces O_n[t, ..., c] by O_n[t - 1, ..., c] at the cells, read unmodified.

    Features (batch, N, time, height, width, channels), cells (N, time, channels).
    """
    cells = cells[None, :, :, None, None, :]  # (1, N, time, 1, 1, channels)
    before = ops.concatenate([features[:, :, :1], features[:, :, :-1]], axis=2)
    return ops.where(cells > 0, before, features)


def split_weights(weights: Any, cells: Any) -> tuple[Any, Any]:
    """Separates the decoder's weights: for cells that stay, and for cells taken by the next step.

    With `attention.decode`, decode(maps, stay) + delay(decode(maps, taken)) is the sum over the
    scales of `replace`, without stacking N maps. (batch, N, time, channels) -> two of the same.
    """
    following = time.shift_left(cells)[None]  # cells of the step after, (1, N, time, channels)
    return weights * (1.0 - cells[None]), weights * following
