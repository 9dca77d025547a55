"""The leaky integrate-and-fire neuron: charge and reset, each with its adjoint beside it.

One step, for input current x[t] and membrane v, with a = 1 / tau, r = v_reset (0 in a soft reset):

    h[t] = r + (1 - a) * (v[t-1] - r) + g * x[t]        g = a if decay_input, otherwise 1
    s[t] = 1 if h[t] >= v_threshold, otherwise 0
    v[t] = r where s[t] is 1, otherwise h[t]            hard reset
    v[t] = h[t] - s[t] * v_threshold                    soft reset (v_reset is None)

`functional.recurrence` runs it over a sequence, forward and backward.
"""

import math
from dataclasses import dataclass
from typing import Any

from keras import ops

from keras_snn.functional.dynamics import State, sum_to, zero_where


class LeakyCharge:
    """Charges a leaky membrane. The state is (v,), what is charged (h,), the parameters (a,)."""

    decay_input: bool
    memoryless: bool = False
    """True if a is 1, so that the membrane does not depend on the step before."""

    @property
    def rest(self) -> float:
        """The membrane at the start and, with the hard reset, after a spike."""
        return 0.0

    @property
    def starts(self) -> tuple[float, ...]:
        """The value of each state before the first step."""
        return (self.rest,)

    def charge(self, x: Any, state: State, parameters: State) -> State:
        (v,), (leak,) = state, parameters
        return (self.leaky(v, leak) + self.current(x, leak),)

    def charge_vjp(self, d_charged: State, parameters: State) -> tuple[Any, State]:
        (d_h,), (leak,) = d_charged, parameters
        return self.current(d_h, leak), ((1.0 - leak) * d_h,)

    def parameters_vjp(self, x: Any, state: State, d_charged: State, parameters: State) -> State:
        (v,), (d_h,), (leak,) = state, d_charged, parameters
        return (self.leak_vjp(x, v, d_h, leak),)

    def leaky(self, v: Any, leak: Any) -> Any:
        """Moves v by one step of the leak a towards rest r: r + (1 - a) * (v - r)."""
        r = self.rest
        if self.memoryless:
            return forgotten(v, r)
        return (1.0 - leak) * v if r == 0.0 else r + (1.0 - leak) * (v - r)

    def current(self, x: Any, leak: Any) -> Any:
        """Scales the input: g * x."""
        return leak * x if self.decay_input else x

    def leak_vjp(self, x: Any, v: Any, d_h: Any, leak: Any) -> Any:
        """Computes dL/da of a step, or of many."""
        slope = self.rest - v
        slope = slope + ops.cast(x, v.dtype) if self.decay_input else slope
        return sum_to(zero_where(d_h, d_h * slope), leak)


def forgotten(value: Any, start: float) -> Any:
    """Computes start + 0 * value, where an infinite value counts as any other; NaN stays."""
    return ops.where(ops.isnan(value), value, ops.full_like(value, start))


@dataclass(frozen=True)
class LIFDynamics(LeakyCharge):
    """The equations of LIF.

    Args:
        v_threshold, v_reset, decay_input, detach_reset: The constants above.
        surrogate: An object with the method `derivative(u)`, which replaces ds/dh.
        memoryless: Whether a is 1.
    """

    v_threshold: float
    v_reset: float | None
    decay_input: bool
    detach_reset: bool
    surrogate: Any
    memoryless: bool = False

    @property
    def rest(self) -> float:
        return 0.0 if self.v_reset is None else self.v_reset

    def margin(self, charged: State) -> Any:
        """Computes u[t] = h[t] - v_threshold; the neuron fires where it is at least 0."""
        return charged[0] - self.v_threshold

    def margin_vjp(self, d_u: Any) -> State:
        return (d_u,)

    def reset(self, charged: State, fired: Any) -> State:
        return (self.reset_membrane(charged[0], fired),)

    def reset_vjp(self, charged: State, fired: Any, slope: Any, d_state: State) -> State:
        (h,), (d_v,) = charged, d_state
        return (self.through_reset(h, fired, slope, d_v),)

    def reset_membrane(self, h: Any, fired: Any) -> Any:
        """Computes v[t] from h[t] and where it fired."""
        if self.v_reset is None:
            return h - ops.cast(fired, h.dtype) * self.v_threshold
        return ops.where(fired, ops.full_like(h, self.v_reset), h)

    def through_reset(self, h: Any, fired: Any, slope: Any, d_v: Any) -> Any:
        """Computes dL/dh[t] from dL/dv[t]."""
        d_h = self.membrane_slope(h, fired) * d_v
        if self.detach_reset:
            return d_h
        return d_h + zero_where(slope, slope * self.spike_vjp(h, d_v))

    def membrane_slope(self, h: Any, fired: Any) -> Any:
        """Computes dv/dh[t] with s[t] held."""
        return 1.0 if self.v_reset is None else 1.0 - ops.cast(fired, h.dtype)

    def spike_vjp(self, h: Any, d_v: Any) -> Any:
        """Computes dL/ds[t] through the reset; it is 0 where the reset is detached."""
        if self.detach_reset:
            return 0.0
        return d_v * (-self.v_threshold if self.v_reset is None else self.v_reset - h)

    def differentiable_reset(self, h: Any, spikes: Any) -> Any:
        """Computes v[t] as `reset` does, with a gradient through h[t] and s[t]."""
        if self.v_reset is None:
            return h - spikes * self.v_threshold
        finite = ops.where(h == math.inf, ops.full_like(h, self.v_reset), h)
        return (1.0 - spikes) * finite + spikes * self.v_reset
