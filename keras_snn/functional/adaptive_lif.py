"""The LIF neuron with an adaptive threshold, which rises with every spike and decays.

    s[t] = 1 if h[t] >= v_threshold + beta * b[t-1], otherwise 0
    b[t] = (1 - c) * b[t-1] + c * s[t]                  c = 1 / tau_adaptation

The neuron charges and resets as LIF does; the soft reset subtracts v_threshold.
"""

from dataclasses import dataclass
from typing import Any

from keras import ops

from keras_snn.functional.dynamics import State, zero_where
from keras_snn.functional.lif import LIFDynamics


@dataclass(frozen=True)
class AdaptiveLIFDynamics(LIFDynamics):
    """The state is (v, b), what is charged (h, b), the parameters (a,).

    Args:
        beta: How much b raises the threshold.
        rate: c.
    """

    beta: float = 0.0
    rate: float = 1.0

    @property
    def starts(self) -> tuple[float, ...]:
        return (self.rest, 0.0)

    def charge(self, x: Any, state: State, parameters: State) -> State:
        v, b = state
        return *super().charge(x, (v,), parameters), b

    def charge_vjp(self, d_charged: State, parameters: State) -> tuple[Any, State]:
        d_h, d_b = d_charged
        d_x, (d_v,) = super().charge_vjp((d_h,), parameters)
        return d_x, (d_v, d_b)

    def parameters_vjp(self, x: Any, state: State, d_charged: State, parameters: State) -> State:
        return super().parameters_vjp(x, state[:1], d_charged[:1], parameters)

    def margin(self, charged: State) -> Any:
        h, b = charged
        return h - self.v_threshold - self.beta * b

    def margin_vjp(self, d_u: Any) -> State:
        return d_u, -self.beta * d_u

    def reset(self, charged: State, fired: Any) -> State:
        h, b = charged
        spikes = ops.cast(fired, h.dtype)
        return self.reset_membrane(h, fired), (1.0 - self.rate) * b + self.rate * spikes

    def reset_vjp(self, charged: State, fired: Any, slope: Any, d_state: State) -> State:
        (h, _), (d_v, d_b) = charged, d_state
        d_spike = self.rate * d_b + self.spike_vjp(h, d_v)
        d_u = zero_where(slope, slope * d_spike)
        return self.membrane_slope(h, fired) * d_v + d_u, (1.0 - self.rate) * d_b - self.beta * d_u
