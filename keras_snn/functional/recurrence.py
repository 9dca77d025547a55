"""Neurons over a whole sequence, forward and backward, for any dynamics.

`Dynamics` names the equations of a neuron: how a step charges its state, where it fires, how it is
reset, and the adjoint of each. The backward pass runs from the last step to the first, with the
gradients p[t] of the outputs and q[t] of the state after step t, and puts the surrogate derivative
d[t] in place of the one of the step function:

    dL/dcharged[t] = (reset's adjoint of q[t]) + (margin's adjoint of p[t] * d[t])
    dL/dx[t], q[t-1] = charge's adjoint of dL/dcharged[t]

A step that is masked (mask 0) does not happen: no output, and the state stays.

NaN stays visible: where the margin is NaN, so is the output. An infinite current makes a neuron
fire once; after the hard reset it is at rest, and its gradients are finite again.
"""

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

import keras
from keras import ops

from keras_snn.functional import time

State = tuple[Any, ...]
Barrier = Callable[[Any], Any]


class Dynamics(Protocol):
    """The equations of a neuron. States, charged states and parameters are small tuples; a step
    charges one tensor per state, of its shape.

    `surrogate` is None for neurons without spikes, whose output is the first charged state.
    """

    @property
    def surrogate(self) -> Any: ...

    @property
    def starts(self) -> tuple[float, ...]: ...

    def charge(self, x: Any, state: State, parameters: State) -> State: ...

    def charge_vjp(self, d_charged: State, parameters: State) -> tuple[Any, State]: ...

    def parameters_vjp(
        self, x: Any, state: State, d_charged: State, parameters: State
    ) -> State: ...

    def margin(self, charged: State) -> Any: ...

    def margin_vjp(self, d_u: Any) -> State: ...

    def reset(self, charged: State, fired: Any) -> State: ...

    def reset_vjp(self, charged: State, fired: Any, slope: Any, d_state: State) -> State: ...


class Step(NamedTuple):
    """One step: the charged state, the margin and where it fired (None without spikes), and the
    state after it.
    """

    charged: State
    margin: Any
    fired: Any
    after: State


def no_barrier(value: Any) -> Any:
    """Stands for an optimization barrier where there is no compiler that needs one."""
    return value


def advance(
    x: Any, state: State, parameters: State, dynamics: Dynamics, barrier: Barrier = no_barrier
) -> Step:
    """One step of the neuron."""
    charged = dynamics.charge(ops.cast(x, state[0].dtype), state, parameters)
    charged = tuple(barrier(value) for value in charged)
    if dynamics.surrogate is None:
        return Step(charged, None, None, charged)
    margin = dynamics.margin(charged)
    fired = margin >= 0
    return Step(charged, margin, fired, dynamics.reset(charged, fired))


def output_of(step: Step) -> Any:
    """Spikes as numbers, NaN where the margin is; the first charged state without spikes."""
    if step.fired is None:
        return step.charged[0]
    spikes = ops.cast(step.fired, step.margin.dtype)
    return ops.where(ops.isnan(step.margin), step.margin, spikes)


def state_dtype(dtype: Any) -> str:
    """The dtype in which the state for inputs of `dtype` is kept: float32 or better."""
    return keras.backend.result_type(dtype, "float32")


def at_start(x: Any, dynamics: Dynamics) -> State:
    """The state before the first step where no other is given."""
    dtype = state_dtype(x.dtype)
    return tuple(ops.full_like(x[:, 0], value, dtype=dtype) for value in dynamics.starts)


def forward(
    x: Any, state: State | None, parameters: State, mask: Any, dynamics: Dynamics
) -> tuple[Any, State]:
    """Outputs (batch, time, ...) in x's dtype, and the last state.

    Args:
        x: Input currents (batch, time, ...).
        state: The state before the first step, tensors (batch, ...) of `state_dtype(x.dtype)`;
            None is `at_start`.
        parameters: Numbers or tensors, of the dynamics.
        mask: None, or (batch, time) of the state's dtype, 1 where the step happens, otherwise 0.
        dynamics: The neuron's equations.
    """
    state = at_start(x, dynamics) if state is None else state

    def step(carry: State, inputs: State) -> tuple[State, State]:
        (_, *before), (x, *valid) = carry, inputs
        taken = advance(x, tuple(before), parameters, dynamics)
        output, after = output_of(taken), taken.after
        if valid:
            idle = ops.zeros_like(output) if taken.fired is not None else before[0]
            output = ops.where(valid[0] > 0, output, idle)
            after = keep(valid[0], after, tuple(before))
        carry = (ops.cast(output, before[0].dtype), *after)
        return carry, carry

    (_, *last), (outputs, *_) = time.over_time(
        step, (ops.zeros_like(state[0]), *state), _sequences(x, mask)
    )
    return time.from_steps(outputs, x.dtype), tuple(last)


def backward(
    x: Any,
    state: State | None,
    parameters: State,
    mask: Any,
    dynamics: Dynamics,
    d_outputs: Any,
    d_last: State | None,
    *,
    learn: bool,
    barrier: Barrier = no_barrier,
    to_steps: Callable = time.to_steps,
    from_steps: Callable = time.from_steps,
) -> tuple[Any, State | None, State | None]:
    """Gradients of x, of the first state and, with `learn`, of the parameters.

    Only the input is kept between the passes: the state is charged once more here. A compiler that
    would compute a step anew for each of its uses gets a `barrier`: an identity that it does not
    see through. `to_steps` and `from_steps` are its forms of the functions of `time`, for x and its
    gradient. The gradient of a state that is None is None.
    """
    start = at_start(x, dynamics) if state is None else state
    d_state = tuple(ops.zeros_like(value) for value in start) if d_last is None else d_last
    inputs = _sequences(x, mask, to_steps)
    replayed = _replay(inputs, start, parameters, dynamics, barrier)
    count = len(start)

    def step(carry: State, now: State) -> tuple[State, State]:
        d_after, charged = carry[:count], now[count : 2 * count]
        d_output, *valid = ops.cast(now[2 * count], start[0].dtype), *now[2 * count + 2 :]
        d_charged = _charged_vjp(charged, d_output, d_after, dynamics)
        if valid:
            d_charged = tuple(ops.where(valid[0] > 0, d, ops.zeros_like(d)) for d in d_charged)
        d_charged = tuple(barrier(d) for d in d_charged)
        d_x, d_before = dynamics.charge_vjp(d_charged, parameters)
        if valid:
            d_before = keep(valid[0], d_before, _held_vjp(d_output, d_after, dynamics))
        carry = (*d_before, d_x, *d_charged)
        return carry, carry

    zeros = tuple(ops.zeros_like(value) for value in start)
    sequences = (*replayed, time.to_steps(d_outputs), *inputs)
    last, found = time.over_time(step, (*d_state, zeros[0], *zeros), sequences, reverse=True)
    d_x, d_charged = from_steps(found[count], x.dtype), found[count + 1 :]
    d_parameters = None
    if learn:
        before = replayed[:count]
        d_parameters = _over_steps(inputs[0], before, d_charged, parameters, dynamics)
    return d_x, None if state is None else tuple(last[:count]), d_parameters


def _charged_vjp(charged: State, d_output: Any, d_after: State, dynamics: Dynamics) -> State:
    """dL/dcharged[t]."""
    if dynamics.surrogate is None:
        return (d_output + d_after[0], *d_after[1:])
    margin = dynamics.margin(charged)
    fired, slope = margin >= 0, dynamics.surrogate.derivative(margin)
    through = dynamics.reset_vjp(charged, fired, slope, d_after)
    d_margin = dynamics.margin_vjp(d_output * slope)
    return tuple(a + b if b is not None else a for a, b in zip(through, d_margin, strict=True))


def _held_vjp(d_output: Any, d_after: State, dynamics: Dynamics) -> State:
    """The gradient of the state before a step that does not happen."""
    if dynamics.surrogate is not None:
        return d_after
    return (d_output + d_after[0], *d_after[1:])


def keep(valid: Any, after: State, before: State) -> State:
    """The state after a step that is valid (1), or the one before it (0)."""
    return tuple(ops.where(valid > 0, a, b) for a, b in zip(after, before, strict=True))


def _replay(
    inputs: State, start: State, parameters: State, dynamics: Dynamics, barrier: Barrier
) -> State:
    """The states before each step, and what it charges, as sequences."""
    count = len(start)

    def step(carry: State, inputs: State) -> tuple[State, State]:
        before = carry[:count]
        taken = advance(inputs[0], before, parameters, dynamics, barrier)
        after = taken.after if len(inputs) == 1 else keep(inputs[1], taken.after, before)
        return (*after, *taken.charged), (*before, *taken.charged)

    zeros = (ops.zeros_like(value) for value in start)
    return time.over_time(step, (*start, *zeros), inputs)[1]


def _over_steps(
    x: Any, before: State, d_charged: State, parameters: State, dynamics: Dynamics
) -> State:
    """The gradients of the parameters, summed over all steps."""
    if not isinstance(x, list):
        return dynamics.parameters_vjp(x, before, d_charged, parameters)
    steps = zip(x, zip(*before, strict=True), zip(*d_charged, strict=True), strict=True)
    found = [dynamics.parameters_vjp(x, state, d, parameters) for x, state, d in steps]
    return tuple(sum(parts[1:], parts[0]) for parts in zip(*found, strict=True))


def _sequences(x: Any, mask: Any, to_steps: Callable = time.to_steps) -> State:
    """What a loop over time reads: x and, if there is one, the mask."""
    if mask is None:
        return (to_steps(x),)
    mask = ops.reshape(mask, (*ops.shape(mask)[:2], *[1] * (x.ndim - 2)))
    return to_steps(x), time.to_steps(mask)


def sum_to(values: Any, parameter: Any) -> Any:
    """The gradient of a parameter that was broadcast: sums over the axes that it does not have."""
    rank = len(getattr(parameter, "shape", ()))
    return ops.sum(values, axis=tuple(range(values.ndim - rank)))


def zero_where(factor: Any, product: Any) -> Any:
    """The product, 0 where a factor is 0, also if the other is infinite."""
    return ops.where(factor == 0.0, ops.zeros_like(product), product)


def run(
    x: Any,
    state: State | None,
    parameters: State,
    mask: Any,
    dynamics: Dynamics,
    *,
    return_state: bool = False,
    passes: tuple[Callable, Callable] = (forward, backward),
) -> tuple[Any, State | None]:
    """The whole sequence as one operation with its own gradient.

    Args:
        x, state, mask, dynamics: As in `forward`.
        parameters: Floats, or tensors of the state's dtype, which get a gradient.
        return_state: If True, the last state is returned too; otherwise None is.
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
        outputs, last = passes[0](x, now, given, valid, dynamics)

        def gradient(*args: Any, upstream: Any = None) -> tuple:
            d = _unpack(args if upstream is None else upstream, count)
            d_x, d_first, d_given = passes[1](
                x, now, given, valid, dynamics, d[0], d[1:] or None, learn=any(learned)
            )
            d_learned = [d for d, n in zip(d_given or (), learned, strict=False) if n]
            d_mask = [] if valid is None else [ops.zeros_like(valid)]
            return (d_x, *(d_first or ()), *d_learned, *d_mask)

        return _pack(outputs, last if return_state else ()), gradient

    outputs, *last = _unpack(operation(x, *tensors), count)
    return ops.cast(outputs, x.dtype), tuple(last) if return_state else None


ONE_OUTPUT = keras.backend.backend() == "torch"
"""A function with a custom gradient has a single output there."""


def _pack(outputs: Any, last: State) -> Any:
    """Outputs and the last state, in one tensor where need be."""
    if not last:
        return outputs
    if not ONE_OUTPUT:
        return outputs, *last
    wide = ops.cast(outputs, last[0].dtype)
    return ops.concatenate([wide, *(ops.expand_dims(value, 1) for value in last)], axis=1)


def _unpack(packed: Any, count: int) -> tuple:
    """The inverse of `_pack` for `count` states, of a value or of the arguments of a gradient."""
    while isinstance(packed, (tuple, list)) and len(packed) == 1:
        (packed,) = packed
    if isinstance(packed, (tuple, list)):
        return tuple(packed)
    if count == 0:
        return (packed,)
    return packed[:, :-count], *(packed[:, place - count] for place in range(count))
