"""The LIF neuron whose spikes of the step before return through a matrix.

    h[t] = r + (1 - a) * (v[t-1] - r) + g * (x[t] + s[t-1] W)

The neuron fires and resets as LIF does.
"""

from dataclasses import dataclass
from typing import Any

from keras import ops

from keras_snn.functional.dynamics import State, zero_where
from keras_snn.functional.lif import LIFDynamics
from keras_snn.functional.precision import matmul


@dataclass(frozen=True)
class RecurrentLIFDynamics(LIFDynamics):
    """The state is (v, s), what is charged (h, s[t-1]), the parameters (a, W)."""

    @property
    def starts(self) -> tuple[float, ...]:
        return (self.rest, 0.0)

    def charge(self, x: Any, state: State, parameters: State) -> State:
        (v, s), (leak, kernel) = state, parameters
        return self.leaky(v, leak) + self.current(x + matmul(s, kernel), leak), s

    def charge_vjp(self, d_charged: State, parameters: State) -> tuple[Any, State]:
        (d_h, d_s), (leak, kernel) = d_charged, parameters
        d_x = self.current(d_h, leak)
        return d_x, ((1.0 - leak) * d_h, d_s + matmul(d_x, ops.transpose(kernel)))

    def parameters_vjp(self, x: Any, state: State, d_charged: State, parameters: State) -> State:
        (v, s), (d_h, _), (leak, kernel) = state, d_charged, parameters
        units = kernel.shape[0]
        spikes, d_x = (ops.reshape(y, (-1, units)) for y in (s, self.current(d_h, leak)))
        d_kernel = matmul(ops.transpose(spikes), d_x)
        return self.leak_vjp(x + matmul(s, kernel), v, d_h, leak), d_kernel

    def margin_vjp(self, d_u: Any) -> State:
        return d_u, None

    def reset(self, charged: State, fired: Any) -> State:
        h, _ = charged
        return self.reset_membrane(h, fired), ops.cast(fired, h.dtype)

    def reset_vjp(self, charged: State, fired: Any, slope: Any, d_state: State) -> State:
        (h, s), (d_v, d_s) = charged, d_state
        d_h = self.through_reset(h, fired, slope, d_v) + zero_where(slope, slope * d_s)
        return d_h, ops.zeros_like(s)
