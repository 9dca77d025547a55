"""The equations that a neuron consists of, and one step of it.

`Dynamics` names the equations: how a step charges its state, where it fires, how it is reset, and
the adjoint of each.

NaN stays visible: where the margin is NaN, so is the output. An infinite current makes a neuron
fire once; after the hard reset it is at rest, and its gradients are finite again.
"""

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

from keras import ops

from keras_snn.functional.precision import wide_dtype

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


def take_step(
    x: Any, state: State, parameters: State, dynamics: Dynamics, barrier: Barrier = no_barrier
) -> Step:
    """Makes one step of the neuron."""
    charged = dynamics.charge(ops.cast(x, state[0].dtype), state, parameters)
    charged = tuple(barrier(value) for value in charged)
    if dynamics.surrogate is None:
        return Step(charged, None, None, charged)
    margin = dynamics.margin(charged)
    fired = margin >= 0
    return Step(charged, margin, fired, dynamics.reset(charged, fired))


def output_of(step: Step) -> Any:
    """Gives spikes as numbers, NaN where the margin is; without spikes, the first charged state."""
    if step.fired is None:
        return step.charged[0]
    spikes = ops.cast(step.fired, step.margin.dtype)
    return ops.where(ops.isnan(step.margin), step.margin, spikes)


def at_start(x: Any, dynamics: Dynamics) -> State:
    """Gives the state before the first step where no other is given."""
    dtype = wide_dtype(x.dtype)
    return tuple(ops.full_like(x[:, 0], value, dtype=dtype) for value in dynamics.starts)


def sum_to(values: Any, parameter: Any) -> Any:
    """Sums over the axes that a parameter does not have: its gradient, where it was broadcast."""
    rank = len(getattr(parameter, "shape", ()))
    return ops.sum(values, axis=tuple(range(values.ndim - rank)))


def zero_where(factor: Any, product: Any) -> Any:
    """Gives the product, but 0 where a factor is 0, even if the other is infinite."""
    return ops.where(factor == 0.0, ops.zeros_like(product), product)
