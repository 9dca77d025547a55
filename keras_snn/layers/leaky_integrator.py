"""Leaky integrators, which do not fire."""

from typing import Any

import keras

from keras_snn.functional.leaky_integrator import LeakyIntegratorDynamics
from keras_snn.layers.neuron import LeakyNeuron
from keras_snn.layers.sequences import NeuronSequence


@keras.saving.register_keras_serializable(package="keras_snn")
class LeakyIntegrator(NeuronSequence, LeakyNeuron):
    """Leaky integrators (LI): returns the membrane potential, for a readout without spikes.

        v[t] = (1 - 1/tau) * v[t-1] + g * x[t]        g = 1/tau if `decay_input`, otherwise 1

    A masked step does not happen: the output is the membrane of the step before.

    Args:
        tau: Membrane time constant in time steps, at least 1.
        decay_input, learn_tau, stateful, return_state, go_backwards, tau_shape: As in `LIF`.

    Call arguments:
        inputs, initial_state, mask: As in `LIF`.

    Input shape:
        (batch, time, ...)

    Output shape:
        The input's. With `return_state` a tuple of it and the last membrane (batch, ...).

    Raises:
        ValueError: as `LIF`.

    Example:
        >>> scores = keras_snn.layers.LeakyIntegrator(tau=5.0)(np.random.rand(2, 10, 4))
        >>> scores.shape
        (2, 10, 4)

    Source: Gerstner et al., "Neuronal Dynamics", Cambridge University Press (2014), chapter 1.
    Differs from the source: the resting potential is 0.
    """

    def __init__(
        self,
        tau: float = 2.0,
        decay_input: bool = True,
        learn_tau: bool = False,
        stateful: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        tau_shape: str = "layer",
        **kwargs: Any,
    ) -> None:
        super().__init__(
            tau=tau,
            decay_input=decay_input,
            learn_tau=learn_tau,
            tau_shape=tau_shape,
            stateful=stateful,
            return_state=return_state,
            go_backwards=go_backwards,
            **kwargs,
        )

    @property
    def dynamics(self) -> LeakyIntegratorDynamics:
        """The neuron's equations."""
        return LeakyIntegratorDynamics(self.decay_input, self.memoryless)
