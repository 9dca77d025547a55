"""The current-based LIF neuron: a synaptic current that decays charges the membrane.

    i[t] = (1 - b) * i[t-1] + x[t]                      b = 1 / tau_synapse
    h[t] = r + (1 - a) * (v[t-1] - r) + g * i[t]

The neuron fires and resets as LIF does.
"""

from dataclasses import dataclass
from typing import Any

from keras_snn.functional.dynamics import State, sum_to
from keras_snn.functional.lif import LIFDynamics, forgotten


@dataclass(frozen=True)
class SynapticDynamics(LIFDynamics):
    """The state is (v, i), what is charged (h, i), the parameters (a, b).

    Args:
        memoryless_current: Whether b is 1.
    """

    memoryless_current: bool = False

    @property
    def starts(self) -> tuple[float, ...]:
        return (self.rest, 0.0)

    def charge(self, x: Any, state: State, parameters: State) -> State:
        (v, i), (leak, decay) = state, parameters
        i = self._decayed(i, decay) + x
        return self.leaky(v, leak) + self.current(i, leak), i

    def charge_vjp(self, d_charged: State, parameters: State) -> tuple[Any, State]:
        (d_h, d_i), (leak, decay) = d_charged, parameters
        d_i = d_i + self.current(d_h, leak)
        return d_i, ((1.0 - leak) * d_h, (1.0 - decay) * d_i)

    def parameters_vjp(self, x: Any, state: State, d_charged: State, parameters: State) -> State:
        (v, i), (d_h, d_i), (leak, decay) = state, d_charged, parameters
        d_decay = sum_to((d_i + self.current(d_h, leak)) * -i, decay)
        return self.leak_vjp(self._decayed(i, decay) + x, v, d_h, leak), d_decay

    def margin_vjp(self, d_u: Any) -> State:
        return d_u, None

    def reset(self, charged: State, fired: Any) -> State:
        h, i = charged
        return self.reset_membrane(h, fired), i

    def reset_vjp(self, charged: State, fired: Any, slope: Any, d_state: State) -> State:
        (h, _), (d_v, d_i) = charged, d_state
        return self.through_reset(h, fired, slope, d_v), d_i

    def _decayed(self, i: Any, decay: Any) -> Any:
        return forgotten(i, 0.0) if self.memoryless_current else (1.0 - decay) * i
