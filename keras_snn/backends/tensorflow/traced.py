"""Neurons forward and backward on TensorFlow, each a function that is traced once for all maps.

A network has many neurons but few kinds of them: the trace depends on the number of time steps and
on types, not on the sizes of batch and maps. TensorFlow puts its operations into the graph of the
network when the network first runs.
"""

import functools
from collections.abc import Callable
from typing import Any

import tensorflow as tf

from keras_snn.functional import recurrence
from keras_snn.functional.dynamics import State
from keras_snn.functional.precision import wide_dtype


def forward(
    x: Any, state: State | None, parameters: State, mask: None, dynamics: Any
) -> tuple[Any, State, None]:
    """Computes as `recurrence.forward`, without a mask, with scalar parameters."""
    wide = wide_dtype(x.dtype)
    run = _forward(dynamics, x.shape[1], x.dtype, wide, len(parameters), _count(state))
    outputs, last = run(flat(x, 2), scalars(parameters, wide), flat_all(state))
    return unflat(outputs, x.shape[1:]), tuple(unflat(value, x.shape[2:]) for value in last), None


def backward(
    x: Any,
    state: State | None,
    parameters: State,
    mask: None,
    dynamics: Any,
    d_outputs: Any,
    d_last: State | None,
    kept: None = None,
    *,
    learn: bool,
) -> tuple[Any, State | None, State | None]:
    """Computes as `recurrence.backward`, without a mask, with scalar parameters."""
    wide = wide_dtype(x.dtype)
    kind = dynamics, learn, x.shape[1], x.dtype, wide, len(parameters)
    run = _backward(*kind, _count(state), _count(d_last))
    arguments = scalars(parameters, wide), flat(d_outputs, 2), flat_all(state), flat_all(d_last)
    d_x, d_state, d_parameters = run(flat(x, 2), *arguments)
    if d_state is not None:
        d_state = tuple(unflat(value, x.shape[2:]) for value in d_state)
    return unflat(d_x, x.shape[1:]), d_state, d_parameters


def flat(x: Any, axes: int) -> Any:
    """Flattens everything after the first `axes` axes into one axis."""
    return tf.reshape(x, [-1, *x.shape[1:axes], x.shape[axes:].num_elements()])


def flat_all(state: State | None) -> State:
    """Flattens every tensor of a state; gives () where there is none."""
    return tuple(flat(value, 1) for value in state or ())


def unflat(x: Any, shape: Any) -> Any:
    """Gives flattened axes of x the shape of a sample again."""
    return tf.reshape(x, [-1, *shape])


def scalars(parameters: State, dtype: Any) -> State:
    """Makes tensors of the parameters, of full precision where they are floats."""
    return tuple(tf.convert_to_tensor(value, dtype) for value in parameters)


def sequence_spec(steps: int | None, dtype: Any) -> tf.TensorSpec:
    """Describes what `flat` makes of (batch, time, ...)."""
    return tf.TensorSpec((None, steps, None), dtype)


def state_spec(dtype: Any) -> tf.TensorSpec:
    """Describes what `flat` makes of (batch, ...)."""
    return tf.TensorSpec((None, None), dtype)


def scalar_spec(dtype: Any) -> tf.TensorSpec:
    """Describes a parameter."""
    return tf.TensorSpec((), dtype)


def trace(*signature: Any, jit_compile: bool | None = None) -> Callable:
    """Returns a decorator that makes a `tf.function` of these arguments.

    It wraps a partial function, as TensorFlow counts all traces of one code object together and
    warns of too many.
    """

    def of(run: Callable) -> Any:
        run = functools.partial(run)
        return tf.function(run, signature, autograph=False, jit_compile=jit_compile)

    return of


def _count(state: State | None) -> int:
    return 0 if state is None else len(state)


@functools.cache
def _forward(dynamics: Any, steps: int, dtype: Any, wide: Any, parameters: int, states: int) -> Any:
    specs = (scalar_spec(wide),) * parameters, (state_spec(wide),) * states

    @trace(sequence_spec(steps, dtype), *specs)
    def run(x: Any, parameters: State, state: State) -> tuple[Any, State]:
        return recurrence.forward(x, state or None, parameters, None, dynamics)[:2]

    return run


@functools.cache
def _backward(
    dynamics: Any,
    learn: bool,
    steps: int,
    dtype: Any,
    wide: Any,
    parameters: int,
    states: int,
    lasts: int,
) -> Any:
    x, specs = sequence_spec(steps, dtype), (scalar_spec(wide),) * parameters

    @trace(x, specs, x, (state_spec(wide),) * states, (state_spec(wide),) * lasts)
    def run(x: Any, parameters: State, d_outputs: Any, state: State, d_last: State) -> Any:
        given = x, state or None, parameters, None, dynamics, d_outputs, d_last or None
        return recurrence.backward(*given, learn=learn)

    return run
