"""The passes of one chunk of a sequence, each a function compiled by XLA.

Without help, XLA recomputes a state in every later step that depends on it, which makes the cost
quadratic in T. It does not repeat a division, so the passes divide by a number that is 1 when they
run (an *optimization barrier*; x / 1 = x exactly). The forward pass needs a barrier every
STEPS_PER_WORD steps only: it gathers the spikes of a neuron over these as the bits of one number,
and unpacks them in a second sweep.
"""

import functools
from collections.abc import Callable
from typing import Any

import tensorflow as tf
from tensorflow.compiler.tf2xla.python import xla

from keras_snn.backends.tensorflow.traced import scalar_spec, sequence_spec, state_spec, trace
from keras_snn.functional import recurrence
from keras_snn.functional.dynamics import State, Step, take_step

STEPS_PER_WORD = 16
"""Steps whose spikes are bits of one float32: with a count of these steps above them, at most 21
bits, of the 24 that a float32 holds exactly."""


def signature_of(dynamics: Any, steps: int, dtype: Any, wide: Any, parameters: int) -> tuple:
    """The sequence, the parameters, the one of the barrier, and the state."""
    states = (state_spec(wide),) * len(dynamics.starts)
    specs = (scalar_spec(wide),) * parameters
    return sequence_spec(steps, dtype), specs, scalar_spec(wide), states


@functools.cache
def forward_of_chunk(
    dynamics: Any, time_steps: int, steps: int, dtype: Any, wide: Any, parameters: int
) -> Any:
    """-> spikes and the last state; compiled for each shape once."""

    @_compile(scalar_spec(tf.int32), *signature_of(dynamics, time_steps, dtype, wide, parameters))
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
def backward_of_chunk(
    dynamics: Any, learn: bool, time_steps: int, steps: int, dtype: Any, wide: Any, parameters: int
) -> Any:
    """-> gradients of currents, state and parameters."""
    d_last = (state_spec(wide),) * len(dynamics.starts)
    signature = signature_of(dynamics, time_steps, dtype, wide, parameters)

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
