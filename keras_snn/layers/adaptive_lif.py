"""LIF neurons with an adaptive threshold."""

from typing import Any, ClassVar

import keras

from keras_snn.functional.adaptive_lif import AdaptiveLIFDynamics
from keras_snn.layers.lif import LIF
from keras_snn.validation import real


@keras.saving.register_keras_serializable(package="keras_snn")
class AdaptiveLIF(LIF):
    """Adaptive LIF neurons: raises the threshold with every spike, and lets it decay.

        s[t] = 1 if h[t] >= v_threshold + beta * b[t-1], otherwise 0
        b[t] = (1 - 1/tau_adaptation) * b[t-1] + s[t] / tau_adaptation

    The neurons charge and reset as in `LIF`; the soft reset subtracts `v_threshold`. The adaptation
    b starts at 0.

    Args:
        tau: Membrane time constant in time steps, at least 1.
        beta: How much a sustained rate of 1 raises the threshold, at least 0.
        tau_adaptation: Time constant of the adaptation in time steps, at least 1.
        kwargs: The other arguments of `LIF`.

    Call arguments:
        inputs, mask: As in `LIF`.
        initial_state: The two states before the first step, [membrane, adaptation].

    Input shape:
        (batch, time, ...)

    Output shape:
        Spikes of the input's shape. With `return_state` a tuple of these, the membrane and the
        adaptation, (batch, ...) each.

    Raises:
        ValueError: as `LIF`, for `beta` below 0, and for `tau_adaptation` below 1.

    Example:
        >>> spikes = keras_snn.layers.AdaptiveLIF(beta=1.8)(np.random.rand(2, 10, 64))
        >>> spikes.shape
        (2, 10, 64)

    Source: Bellec et al., "Long short-term memory and learning-to-learn in networks of spiking
    neurons", NeurIPS 2018. Differs from the source: neurons fire at equality; no refractory period.
    """

    STATES: ClassVar[tuple[str, ...]] = ("membrane", "adaptation")

    def __init__(
        self, tau: float = 2.0, beta: float = 1.8, tau_adaptation: float = 20.0, **kwargs: Any
    ) -> None:
        super().__init__(tau=tau, **kwargs)
        self.beta = real("beta", beta, at_least=0.0)
        self.tau_adaptation = real("tau_adaptation", tau_adaptation, at_least=1.0)

    @property
    def dynamics(self) -> AdaptiveLIFDynamics:
        rate = 1.0 / self.tau_adaptation
        return AdaptiveLIFDynamics(**self.constants, beta=self.beta, rate=rate)

    def get_config(self) -> dict[str, Any]:
        config = {"beta": self.beta, "tau_adaptation": self.tau_adaptation}
        return {**super().get_config(), **config}
