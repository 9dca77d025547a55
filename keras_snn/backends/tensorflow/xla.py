"""Spiking neurons forward and backward on TensorFlow, each a function compiled by XLA.

Without help, XLA recomputes a state in every later step that depends on it, which makes the cost
quadratic in T. It does not repeat a division, so the passes divide by a number that is 1 when they
run (an *optimization barrier*; x / 1 = x exactly). The forward pass needs a barrier every
STEPS_PER_WORD steps only: it gathers the spikes of a neuron over these as the bits of one number,
and unpacks them in a second sweep.

Longer sequences go through in chunks of at most MAX_STEPS, so that time and memory are linear in T
and one compilation serves all chunks of a length; the backward pass is given the state before each
chunk. XLA compiles anew for every batch size, and longer than linearly in the steps. Shorter chunks
would compile faster, but joining them takes up to half of the time of a step. A loop over chunks
takes a tenth more than its turns one by one, and twice the time and memory inside of XLA.
"""

import functools
import math
from collections.abc import Callable
from typing import Any

import tensorflow as tf
from tensorflow.compiler.tf2xla.python import xla

from keras_snn.backends.tensorflow.traced import (
    flat,
    flat_all,
    scalar_spec,
    scalars,
    sequence_spec,
    state_spec,
    trace,
    unflat,
)
from keras_snn.functional import recurrence
from keras_snn.functional.dynamics import State, Step, at_start, take_step

STEPS_PER_WORD = 16
"""Steps whose spikes are bits of one float32: with a count of these steps above them, at most 21
bits, of the 24 that a float32 holds exactly."""

MIN_STEPS, MAX_STEPS = 8, 20
"""Lengths of the chunks of a longer sequence that one length divides."""


def steps_of_chunks(time_steps: int) -> int:
    """Gives the length of all chunks but the last, which is shorter where no length divides."""
    if time_steps <= MAX_STEPS:
        return time_steps
    lengths = range(MAX_STEPS, MIN_STEPS - 1, -1)
    even = next((steps for steps in lengths if time_steps % steps == 0), None)
    return even or math.ceil(time_steps / math.ceil(time_steps / MAX_STEPS))


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


def _over_chunks(
    run: Callable, carry: Any, time_steps: int, dtypes: tuple, *, reverse: bool = False
) -> tuple[list[tuple[Any, ...]], Any]:
    """Calls `run(k, steps, carry) -> found, carry` for each chunk k.

    Returns:
        What was found of each chunk, tensors of these dtypes, and the last carry.
    """
    steps = steps_of_chunks(time_steps)
    count, rest = divmod(time_steps, steps)
    if count == 1 and not rest:
        found, carry = run(0, steps, carry)
        return [found], carry
    last = []
    if rest and reverse:
        found, carry = run(count, rest, carry)
        last = [found]

    def turn(number: Any, carry: Any, arrays: Any) -> tuple[Any, Any, Any]:
        k = count - 1 - number if reverse else number
        found, carry = run(k, steps, carry)
        written = (array.write(k, value) for array, value in zip(arrays, found, strict=True))
        return number + 1, carry, tuple(written)

    arrays = tuple(tf.TensorArray(dtype, count) for dtype in dtypes)
    _, carry, arrays = tf.while_loop(lambda number, *_: number < count, turn, (0, carry, arrays))
    if rest and not reverse:
        found, carry = run(count, rest, carry)
        last = [found]
    return [tuple(array.read(k) for array in arrays) for k in range(count)] + last, carry


def _part(x: Any, first: Any, steps: int) -> Any:
    """Gives some steps of a sequence where they are: compiled, this is no copy."""

    @tf.custom_gradient
    def read(x: Any) -> tuple[Any, Callable]:
        place, size = tf.stack([0, first, 0]), tf.shape(x)
        part = xla.dynamic_slice(x, place, tf.stack([size[0], steps, size[2]]))
        return part, lambda d: xla.dynamic_update_slice(tf.zeros_like(x), d, place)

    return read(x)


def _compile(*signature: Any) -> Callable:
    return trace(*signature, jit_compile=True)


def _signature(dynamics: Any, steps: int, dtype: Any, wide: Any, parameters: int) -> tuple:
    """The sequence, the parameters, the one of the barrier, and the state."""
    states = (state_spec(wide),) * len(dynamics.starts)
    specs = (scalar_spec(wide),) * parameters
    return sequence_spec(steps, dtype), specs, scalar_spec(wide), states


@functools.cache
def _forward(dynamics: Any, time_steps: int, *kind: Any) -> Callable:
    """-> spikes, the last state, and the states before all chunks, (chunks, batch, n)."""
    steps = steps_of_chunks(time_steps)

    @trace(*_signature(dynamics, time_steps, *kind))
    def run(x: Any, parameters: State, one: Any, state: State) -> tuple[Any, State, State]:
        def chunk(k: Any, size: int, state: State) -> tuple[tuple[Any, ...], State]:
            of_chunk = _forward_of_chunk(dynamics, time_steps, size, *kind)
            spikes, after = of_chunk(k * steps, x, parameters, one, state)
            return (spikes, *state), after

        dtypes = x.dtype, *(value.dtype for value in state)
        found, last = _over_chunks(chunk, state, time_steps, dtypes)
        spikes, *before = zip(*found, strict=True)
        return tf.concat(spikes, 1), last, tuple(tf.stack(values) for values in before)

    return run


@functools.cache
def _forward_of_chunk(
    dynamics: Any, time_steps: int, steps: int, dtype: Any, wide: Any, parameters: int
) -> Any:
    """-> spikes and the last state; compiled for each shape once."""

    @_compile(scalar_spec(tf.int32), *_signature(dynamics, time_steps, dtype, wide, parameters))
    def run(first: Any, x: Any, parameters: State, one: Any, state: State) -> tuple[Any, State]:
        x, spikes = _part(x, first, steps), []
        for start in range(0, steps, STEPS_PER_WORD):
            part, word = x[:, start : start + STEPS_PER_WORD], tf.zeros_like(state[0])
            for t in range(min(STEPS_PER_WORD, steps - start)):
                step = take_step(part[:, t], state, parameters, dynamics)
                word, state = word + _bit(step, t), step.after
            spikes.append(_unpack(word / one, part.shape[1], x.dtype))
            state = tuple(value / one for value in state)
        return _concat(spikes), state

    return run


NAN_STEP = 2.0**STEPS_PER_WORD
"""The number that a step adds to the word where the margin is NaN, which it then stays."""


def _bit(step: Step, t: int) -> Any:
    dtype = step.margin.dtype
    spike = tf.where(step.fired, tf.cast(2.0**t, dtype), tf.zeros([], dtype))
    return tf.where(tf.math.is_nan(step.margin), tf.cast(NAN_STEP, dtype), spike)


def _unpack(word: Any, steps: int, dtype: Any) -> Any:
    """(batch, n) -> (batch, steps, n): the lower binary digits as numbers, and NaN in as many of
    the last steps as the upper digits say.
    """
    places = tf.reshape(tf.range(steps), [1, steps, 1])
    word = tf.cast(word, tf.int32)[:, None]
    digits = tf.bitwise.bitwise_and(tf.bitwise.right_shift(word, places), 1)
    valid = steps - tf.bitwise.right_shift(word, STEPS_PER_WORD)
    return tf.where(places < valid, tf.cast(digits, dtype), tf.cast(float("nan"), dtype))


def _from_steps(steps: list[Any], dtype: Any) -> Any:
    """Stacks the steps as `time.from_steps` does."""
    return _concat([tf.cast(step, dtype)[:, None] for step in steps])


def _concat(parts: list[Any]) -> Any:
    """Along time; bfloat16 as the integers of its bits, or XLA would widen it, and narrow all."""
    return _concat_bits(*parts) if parts[0].dtype == tf.bfloat16 else tf.concat(parts, 1)


@tf.custom_gradient
def _concat_bits(*parts: Any) -> tuple[Any, Callable]:
    sizes = [part.shape[1] for part in parts]
    bits = tf.concat([tf.bitcast(part, tf.uint16) for part in parts], 1)
    return tf.bitcast(bits, tf.bfloat16), lambda d: tf.split(d, sizes, 1)


@functools.cache
def _backward(dynamics: Any, learn: bool, time_steps: int, *kind: Any) -> Callable:
    """-> gradients of currents, first state and parameters."""
    steps = steps_of_chunks(time_steps)
    x, parameters, one, state = _signature(dynamics, time_steps, *kind)
    kept = tuple(tf.TensorSpec((None, None, None), value.dtype) for value in state)

    @trace(x, parameters, one, kept, x, state)
    def run(
        x: Any, parameters: State, one: Any, kept: State, d_outputs: Any, d_last: State
    ) -> tuple[Any, State, State | None]:
        def chunk(k: Any, size: int, carry: tuple[State, State]) -> tuple[tuple[Any], Any]:
            d_state, d_parameters = carry
            before = tuple(states[k] for states in kept)
            of_chunk = _backward_of_chunk(dynamics, learn, time_steps, size, *kind)
            given = parameters, one, before, d_outputs, d_state
            d_x, d_state, d_chunk = of_chunk(k * steps, x, *given)
            d_parameters = tuple(a + b for a, b in zip(d_parameters, d_chunk or (), strict=True))
            return (d_x,), (d_state, d_parameters)

        carry = d_last, tuple(tf.zeros_like(value) for value in parameters if learn)
        found, (d_first, d_parameters) = _over_chunks(
            chunk, carry, time_steps, (x.dtype,), reverse=True
        )
        return tf.concat([d_x for (d_x,) in found], 1), d_first, d_parameters if learn else None

    return run


@functools.cache
def _backward_of_chunk(
    dynamics: Any, learn: bool, time_steps: int, steps: int, dtype: Any, wide: Any, parameters: int
) -> Any:
    """-> gradients of currents, state and parameters."""
    d_last = (state_spec(wide),) * len(dynamics.starts)
    signature = _signature(dynamics, time_steps, dtype, wide, parameters)

    @_compile(scalar_spec(tf.int32), *signature, sequence_spec(time_steps, dtype), d_last)
    def run(
        first: Any, x: Any, parameters: State, one: Any, state: State, d_outputs: Any, d_last: State
    ) -> Any:
        return recurrence.backward(
            _part(x, first, steps),
            state,
            parameters,
            None,
            dynamics,
            _part(d_outputs, first, steps),
            d_last,
            learn=learn,
            barrier=lambda value: value / one,
            to_steps=lambda x: tf.unstack(x, axis=1),
            from_steps=_from_steps,
        )

    return run
