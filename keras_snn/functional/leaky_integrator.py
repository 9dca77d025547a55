"""The leaky integrator: a membrane without spikes."""

from dataclasses import dataclass
from typing import Any

from keras_snn.functional.dynamics import State
from keras_snn.functional.lif import LeakyCharge


@dataclass(frozen=True)
class LeakyIntegratorDynamics(LeakyCharge):
    """v[t] = (1 - a) * v[t-1] + g * x[t], which is also the output."""

    decay_input: bool
    memoryless: bool = False
    surrogate: None = None

    def margin(self, charged: State) -> Any:
        raise NotImplementedError("A leaky integrator does not fire.")

    def margin_vjp(self, d_u: Any) -> State:
        raise NotImplementedError("A leaky integrator does not fire.")

    def reset(self, charged: State, fired: Any) -> State:
        raise NotImplementedError("A leaky integrator has no reset.")

    def reset_vjp(self, charged: State, fired: Any, slope: Any, d_state: State) -> State:
        raise NotImplementedError("A leaky integrator has no reset.")
