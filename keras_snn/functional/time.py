"""The time axis: merged with the batch, delayed by a step, or looped over.

Tensors are (batch, time, ...). A *sequence of steps* is what a loop over time reads and writes:
a Python list of (batch, ...) tensors where the loop is unrolled, otherwise one (time, batch, ...)
tensor.
"""

import contextvars
from collections.abc import Callable
from typing import Any

import keras
from keras import ops

Steps = Any
"""A sequence of steps."""

LONGEST_UNROLLED = contextvars.ContextVar(
    "LONGEST_UNROLLED", default=0.0 if keras.backend.backend() == "jax" else 32.0
)
"""Longest sequence whose loop is unrolled: beyond it a graph grows faster than it gains. On JAX no
loop is: XLA takes five times as long to compile SMA with unrolled neurons, which are not faster.

Each thread has its own value."""


def merge(x: Any) -> Any:
    """Merges time into batch: (batch, time, ...) -> (batch * time, ...)."""
    return ops.reshape(x, (-1, *_known(x, 2)))


def split(x: Any, time_steps: Any) -> Any:
    """Undoes `merge`: (batch * time, ...) -> (batch, time, ...)."""
    return ops.reshape(x, (-1, time_steps, *_known(x, 1)))


def _known(x: Any, first: int) -> tuple:
    """Gives the sizes of x from axis `first` on: numbers if static, otherwise scalar tensors."""
    dynamic = ops.shape(x)
    return tuple(dynamic[first:])


def delay(x: Any) -> Any:
    """Delays by a step: y[t] = x[t - 1], y[0] = 0."""
    return ops.concatenate([ops.zeros_like(x[:, :1]), x[:, :-1]], axis=1)


def shift_left(x: Any) -> Any:
    """Shifts to one step earlier: y[t] = x[t + 1], 0 at the last step."""
    return ops.concatenate([x[:, 1:], ops.zeros_like(x[:, :1])], axis=1)


def unrolls(time_steps: int | None) -> bool:
    """Tells whether a loop over `time_steps` is unrolled."""
    return time_steps is not None and time_steps <= LONGEST_UNROLLED.get()


def to_steps(x: Any) -> Steps:
    """Turns (batch, time, ...) into a sequence of steps."""
    if unrolls(x.shape[1]):
        return list(ops.unstack(x, axis=1))
    return ops.moveaxis(x, 1, 0)


def from_steps(steps: Steps, dtype: Any) -> Any:
    """Turns a sequence of steps into (batch, time, ...) of `dtype`."""
    if isinstance(steps, list):
        return ops.stack([ops.cast(step, dtype) for step in steps], axis=1)
    return ops.cast(ops.moveaxis(steps, 0, 1), dtype)


def over_time(
    step: Callable[[Any, Any], tuple],
    carry: tuple,
    sequences: tuple[Steps, ...],
    *,
    reverse: bool = False,
) -> tuple[tuple, tuple[Steps, ...]]:
    """Runs `carry, outputs = step(carry, inputs)` over a tuple of sequences of steps.

    Outputs are a tuple of as many tensors as the carry, of the same shapes and dtypes, as a scan on
    TensorFlow requires. Returns the last carry and the tuple of output sequences, which are in the
    order of time even if `reverse`.
    """
    if not isinstance(sequences[0], list):
        return _scan(step, carry, sequences, reverse)
    outputs = []
    for inputs in zip(*(reversed(s) if reverse else s for s in sequences), strict=True):
        carry, output = step(carry, inputs)
        outputs.append(output)
    if reverse:
        outputs.reverse()
    return carry, tuple(list(sequence) for sequence in zip(*outputs, strict=True))


def _scan(
    step: Callable[[Any, Any], tuple], carry: tuple, sequences: tuple[Any, ...], reverse: bool
) -> tuple[tuple, tuple[Steps, ...]]:
    """Scans by `ops.scan`; where the length is unknown, TensorFlow's takes one sequence alone."""
    if sequences[0].shape[0] is not None:
        return ops.scan(step, carry, sequences, reverse=reverse)

    def step_at(carry: tuple, t: Any) -> tuple:
        return step(carry, tuple(ops.take(sequence, t, axis=0) for sequence in sequences))

    return ops.scan(step_at, carry, ops.arange(ops.shape(sequences[0])[0]), reverse=reverse)
