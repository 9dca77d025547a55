"""Spiking neurons forward and backward on TensorFlow, compiled by XLA.

XLA compiles anew for every batch size, and longer than linearly in the steps. Longer sequences go
through in chunks, so that time and memory are linear in T; the forward pass keeps the state before
each chunk for the backward pass.
"""

import functools
from collections.abc import Callable
from typing import Any

import tensorflow as tf

from keras_snn.backends.tensorflow.chunks import over_chunks, steps_of_chunks
from keras_snn.backends.tensorflow.compiled_chunk import (
    backward_of_chunk,
    forward_of_chunk,
    signature_of,
)
from keras_snn.backends.tensorflow.traced import flat, flat_all, scalars, trace, unflat
from keras_snn.functional.dynamics import State, at_start


def forward(
    x: Any, state: State | None, parameters: State, mask: None, dynamics: Any
) -> tuple[Any, State, State]:
    """Computes as `recurrence.forward`, without a mask, with scalar parameters; keeps the state
    before each chunk, flattened."""
    start = _start(x, state, dynamics)
    wide = start[0].dtype
    run = _forward(dynamics, x.shape[1], x.dtype, wide, len(parameters))
    spikes, last, kept = run(flat(x, 2), scalars(parameters, wide), tf.ones([], wide), start)
    last = tuple(unflat(value, x.shape[2:]) for value in last)
    return unflat(spikes, x.shape[1:]), last, kept


def backward(
    x: Any,
    state: State | None,
    parameters: State,
    mask: None,
    dynamics: Any,
    d_outputs: Any,
    d_last: State | None,
    kept: State,
    *,
    learn: bool,
) -> tuple[Any, State | None, State | None]:
    """Computes as `recurrence.backward`, without a mask, with scalar parameters."""
    wide = kept[0].dtype
    run = _backward(dynamics, learn, x.shape[1], x.dtype, wide, len(parameters))
    d_last = flat_all(d_last) or tuple(tf.zeros_like(states[0]) for states in kept)
    shared = scalars(parameters, wide), tf.ones([], wide)
    d_x, d_first, d_parameters = run(flat(x, 2), *shared, kept, flat(d_outputs, 2), d_last)
    if state is not None:
        d_first = tuple(unflat(value, x.shape[2:]) for value in d_first)
    return unflat(d_x, x.shape[1:]), None if state is None else d_first, d_parameters


def _start(x: Any, state: State | None, dynamics: Any) -> State:
    """Gives the state before the first step, flattened, even where none is given: a compiled
    function that makes it itself computes its first steps anew, for each of up to eight.
    """
    return flat_all(at_start(x, dynamics) if state is None else state)


@functools.cache
def _forward(dynamics: Any, time_steps: int, *kind: Any) -> Callable:
    """-> spikes, the last state, and the states before all chunks, (chunks, batch, n)."""
    steps = steps_of_chunks(time_steps)

    @trace(*signature_of(dynamics, time_steps, *kind))
    def run(x: Any, parameters: State, one: Any, state: State) -> tuple[Any, State, State]:
        def chunk(k: Any, size: int, state: State) -> tuple[tuple[Any, ...], State]:
            of_chunk = forward_of_chunk(dynamics, time_steps, size, *kind)
            spikes, after = of_chunk(k * steps, x, parameters, one, state)
            return (spikes, *state), after

        dtypes = x.dtype, *(value.dtype for value in state)
        found, last = over_chunks(chunk, state, time_steps, dtypes)
        spikes, *before = zip(*found, strict=True)
        return tf.concat(spikes, 1), last, tuple(tf.stack(values) for values in before)

    return run


@functools.cache
def _backward(dynamics: Any, learn: bool, time_steps: int, *kind: Any) -> Callable:
    """-> gradients of currents, first state and parameters."""
    steps = steps_of_chunks(time_steps)
    x, parameters, one, state = signature_of(dynamics, time_steps, *kind)
    kept = tuple(tf.TensorSpec((None, None, None), value.dtype) for value in state)

    @trace(x, parameters, one, kept, x, state)
    def run(
        x: Any, parameters: State, one: Any, kept: State, d_outputs: Any, d_last: State
    ) -> tuple[Any, State, State | None]:
        def chunk(k: Any, size: int, carry: tuple[State, State]) -> tuple[tuple[Any], Any]:
            d_state, d_parameters = carry
            before = tuple(states[k] for states in kept)
            of_chunk = backward_of_chunk(dynamics, learn, time_steps, size, *kind)
            given = parameters, one, before, d_outputs, d_state
            d_x, d_state, d_chunk = of_chunk(k * steps, x, *given)
            d_parameters = tuple(a + b for a, b in zip(d_parameters, d_chunk or (), strict=True))
            return (d_x,), (d_state, d_parameters)

        carry = d_last, tuple(tf.zeros_like(value) for value in parameters if learn)
        found, (d_first, d_parameters) = over_chunks(
            chunk, carry, time_steps, (x.dtype,), reverse=True
        )
        return tf.concat([d_x for (d_x,) in found], 1), d_first, d_parameters if learn else None

    return run
