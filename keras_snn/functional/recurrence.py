"""Neurons over a whole sequence, forward and backward, for any dynamics.

The backward pass runs from the last step to the first, with the gradients p[t] of the outputs and
q[t] of the state after step t, and puts the surrogate derivative d[t] in place of the one of the
step function:

    dL/dcharged[t] = (reset's adjoint of q[t]) + (margin's adjoint of p[t] * d[t])
    dL/dx[t], q[t-1] = charge's adjoint of dL/dcharged[t]

A step that is masked (mask 0) does not happen: no output, and the state stays.
"""

from collections.abc import Callable
from typing import Any

from keras import ops

from keras_snn.functional import time
from keras_snn.functional.dynamics import (
    Barrier,
    Dynamics,
    State,
    at_start,
    no_barrier,
    output_of,
    take_step,
)


def forward(
    x: Any, state: State | None, parameters: State, mask: Any, dynamics: Dynamics
) -> tuple[Any, State, None]:
    """Computes outputs (batch, time, ...) in x's dtype, the last state, and what is kept for the
    backward pass besides the arguments: nothing.

    Args:
        x: Input currents (batch, time, ...).
        state: The state before the first step, tensors (batch, ...) of `wide_dtype(x.dtype)`;
            None is `at_start`.
        parameters: Numbers or tensors, of the dynamics.
        mask: None, or (batch, time) of the state's dtype, 1 where the step happens, otherwise 0.
        dynamics: The neuron's equations.
    """
    state = at_start(x, dynamics) if state is None else state

    def step(carry: State, inputs: State) -> tuple[State, State]:
        (_, *before), (x, *valid) = carry, inputs
        taken = take_step(x, tuple(before), parameters, dynamics)
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
    return time.from_steps(outputs, x.dtype), tuple(last), None


def backward(
    x: Any,
    state: State | None,
    parameters: State,
    mask: Any,
    dynamics: Dynamics,
    d_outputs: Any,
    d_last: State | None,
    kept: None = None,
    *,
    learn: bool,
    barrier: Barrier = no_barrier,
    to_steps: Callable = time.to_steps,
    from_steps: Callable = time.from_steps,
) -> tuple[Any, State | None, State | None]:
    """Computes the gradients of x, of the first state and, with `learn`, of the parameters.

    Only the input is kept between the passes, so the state is charged once more here. A compiler
    that would compute a step anew for each of its uses gets a `barrier`: an identity that it does
    not see through. `to_steps` and `from_steps` are its forms of the functions of `time`, for x and
    its gradient. The gradient of a state that is None is None.
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
    """Computes dL/dcharged[t]."""
    if dynamics.surrogate is None:
        return (d_output + d_after[0], *d_after[1:])
    margin = dynamics.margin(charged)
    fired, slope = margin >= 0, dynamics.surrogate.derivative(margin)
    through = dynamics.reset_vjp(charged, fired, slope, d_after)
    d_margin = dynamics.margin_vjp(d_output * slope)
    return tuple(a + b if b is not None else a for a, b in zip(through, d_margin, strict=True))


def _held_vjp(d_output: Any, d_after: State, dynamics: Dynamics) -> State:
    """Computes the gradient of the state before a step that does not happen."""
    if dynamics.surrogate is not None:
        return d_after
    return (d_output + d_after[0], *d_after[1:])


def keep(valid: Any, after: State, before: State) -> State:
    """Keeps the state before a step that is not valid (0), otherwise takes the one after it."""
    return tuple(ops.where(valid > 0, a, b) for a, b in zip(after, before, strict=True))


def _replay(
    inputs: State, start: State, parameters: State, dynamics: Dynamics, barrier: Barrier
) -> State:
    """Computes the states before each step, and what it charges, as sequences."""
    count = len(start)

    def step(carry: State, inputs: State) -> tuple[State, State]:
        before = carry[:count]
        taken = take_step(inputs[0], before, parameters, dynamics, barrier)
        after = taken.after if len(inputs) == 1 else keep(inputs[1], taken.after, before)
        return (*after, *taken.charged), (*before, *taken.charged)

    zeros = (ops.zeros_like(value) for value in start)
    return time.over_time(step, (*start, *zeros), inputs)[1]


def _over_steps(
    x: Any, before: State, d_charged: State, parameters: State, dynamics: Dynamics
) -> State:
    """Computes the gradients of the parameters, summed over all steps."""
    if not isinstance(x, list):
        return dynamics.parameters_vjp(x, before, d_charged, parameters)
    steps = zip(x, zip(*before, strict=True), zip(*d_charged, strict=True), strict=True)
    found = [dynamics.parameters_vjp(x, state, d, parameters) for x, state, d in steps]
    return tuple(sum(parts[1:], parts[0]) for parts in zip(*found, strict=True))


def _sequences(x: Any, mask: Any, to_steps: Callable = time.to_steps) -> State:
    """Gives what a loop over time reads: x and, if there is one, the mask."""
    if mask is None:
        return (to_steps(x),)
    mask = ops.reshape(mask, (*ops.shape(mask)[:2], *[1] * (x.ndim - 2)))
    return to_steps(x), time.to_steps(mask)
