"""Current-based LIF neurons."""

from typing import Any, ClassVar

import keras

from keras_snn.functional.synaptic import SynapticDynamics
from keras_snn.layers.lif import LIF
from keras_snn.validation import real


@keras.saving.register_keras_serializable(package="keras_snn")
class Synaptic(LIF):
    """Current-based LIF neurons: charges the membrane by a synaptic current that decays.

        i[t] = (1 - 1/tau_synapse) * i[t-1] + x[t]
        h[t] = r + (1 - 1/tau) * (v[t-1] - r) + g * i[t]

    The neurons fire and reset as in `LIF`. The synaptic current starts at 0. An infinite input
    keeps it infinite unless tau_synapse is 1: after +inf the neuron fires at every later step.

    Args:
        tau: Membrane time constant in time steps, at least 1.
        tau_synapse: Time constant of the synaptic current in time steps, at least 1.
        kwargs: The other arguments of `LIF`.

    Call arguments:
        inputs, mask: As in `LIF`.
        initial_state: The two states before the first step, [membrane, current].

    Input shape:
        (batch, time, ...)

    Output shape:
        Spikes of the input's shape. With `return_state` a tuple of these, the membrane and the
        synaptic current, (batch, ...) each.

    Raises:
        ValueError: as `LIF`, and for `tau_synapse` below 1.

    Example:
        >>> spikes = keras_snn.layers.Synaptic(tau=2.0, tau_synapse=4.0)(np.random.rand(2, 10, 64))
        >>> spikes.shape
        (2, 10, 64)

    Source: Neftci, Mostafa and Zenke, IEEE Signal Processing Magazine 36 (2019). In snnTorch's
    `Synaptic`, alpha = 1 - 1/tau_synapse and beta = 1 - 1/tau, with `decay_input=False`. Differs
    from the source: neurons fire at equality.
    """

    STATES: ClassVar[tuple[str, ...]] = ("membrane", "current")

    def __init__(self, tau: float = 2.0, tau_synapse: float = 2.0, **kwargs: Any) -> None:
        super().__init__(tau=tau, **kwargs)
        self.tau_synapse = real("tau_synapse", tau_synapse, at_least=1.0)

    @property
    def dynamics(self) -> SynapticDynamics:
        memoryless = self.tau_synapse == 1.0
        return SynapticDynamics(**self.constants, memoryless_current=memoryless)

    def parameters(self, dtype: Any) -> tuple:
        return self.leak(dtype), 1.0 / self.tau_synapse

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "tau_synapse": self.tau_synapse}
