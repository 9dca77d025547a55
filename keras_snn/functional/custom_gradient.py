"""Neurons over a whole sequence as one operation with its own gradient."""

from collections.abc import Callable
from typing import Any

import keras
from keras import ops

from keras_snn.functional.dynamics import Dynamics, State
from keras_snn.functional.recurrence import backward, forward


def run_neurons(
    x: Any,
    state: State | None,
    parameters: State,
    mask: Any,
    dynamics: Dynamics,
    *,
    return_state: bool = False,
    passes: tuple[Callable, Callable] = (forward, backward),
) -> tuple[Any, State | None]:
    """Computes the whole sequence as one operation with its own gradient.

    Args:
        x, state, mask, dynamics: As in `forward`.
        parameters: Floats, or tensors of the state's dtype, which get a gradient.
        return_state: If True, the last state is returned too, otherwise None.
        passes: `forward` and `backward`, or faster forms of them.
    """
    learned = [not isinstance(value, float) for value in parameters]
    first = () if state is None else tuple(state)
    count = len(dynamics.starts) if return_state else 0
    tensors = [*first, *(p for p, learn in zip(parameters, learned, strict=True) if learn)]
    tensors += [] if mask is None else [mask]

    @ops.custom_gradient
    def operation(x: Any, *values: Any) -> tuple[Any, Callable]:
        rest = iter(values)
        now = tuple(next(rest) for _ in first) if state is not None else None
        given = tuple(next(rest) if n else p for p, n in zip(parameters, learned, strict=True))
        valid = None if mask is None else next(rest)
        outputs, last, kept = passes[0](x, now, given, valid, dynamics)

        def gradient(*args: Any, upstream: Any = None) -> tuple:
            d = _unpack(args if upstream is None else upstream, count)
            d_x, d_first, d_given = passes[1](
                x, now, given, valid, dynamics, d[0], d[1:] or None, kept, learn=any(learned)
            )
            d_learned = [d for d, n in zip(d_given or (), learned, strict=False) if n]
            d_mask = [] if valid is None else [ops.zeros_like(valid)]
            return (d_x, *(d_first or ()), *d_learned, *d_mask)

        return _pack(outputs, last if return_state else ()), gradient

    outputs, *last = _unpack(operation(x, *tensors), count)
    return ops.cast(outputs, x.dtype), tuple(last) if return_state else None


ONE_OUTPUT = keras.backend.backend() == "torch"
"""True on PyTorch, where a function with a custom gradient has a single output."""


def _pack(outputs: Any, last: State) -> Any:
    """Packs outputs and the last state, into one tensor where there can be a single output."""
    if not last:
        return outputs
    if not ONE_OUTPUT:
        return outputs, *last
    wide = ops.cast(outputs, last[0].dtype)
    return ops.concatenate([wide, *(ops.expand_dims(value, 1) for value in last)], axis=1)


def _unpack(packed: Any, count: int) -> tuple:
    """Undoes `_pack` for `count` states, on a value or on the arguments of a gradient."""
    while isinstance(packed, (tuple, list)) and len(packed) == 1:
        (packed,) = packed
    if isinstance(packed, (tuple, list)):
        return tuple(packed)
    if count == 0:
        return (packed,)
    return packed[:, :-count], *(packed[:, place - count] for place in range(count))
