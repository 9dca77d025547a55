"""The bases of all neurons, which check and store their constants."""

import math
import numbers
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_snn import surrogates
from keras_snn.functional.lif import LIFDynamics
from keras_snn.layers.initializers import constant
from keras_snn.validation import choice, flag, real, require


class LeakyNeuron(keras.layers.Layer):
    """Base of all neurons with a leaky membrane: tau, the scaling of the input, the leak.

    It does not cast its inputs by itself, as the state stays float32 under half-precision policies.
    """

    def __init__(
        self,
        *,
        tau: float,
        decay_input: bool,
        learn_tau: bool,
        tau_shape: str = "layer",
        **kwargs: Any,
    ) -> None:
        super().__init__(autocast=False, **kwargs)
        self.decay_input = flag("decay_input", decay_input)
        self.learn_tau = flag("learn_tau", learn_tau)
        self.tau_shape = choice("tau_shape", tau_shape, ("layer", "channel"))
        rule = 'be "layer" unless `learn_tau`'
        require(learn_tau or tau_shape == "layer", "tau_shape", rule, tau_shape=tau_shape)
        self.tau = self._checked_tau(tau)
        self.leak_logit: Any = None

    def _checked_tau(self, tau: Any) -> float:
        without_leak = isinstance(tau, numbers.Real) and tau == math.inf
        if without_leak and not self.decay_input and not self.learn_tau:
            return math.inf
        if self.learn_tau:
            return real("tau", tau, above=1.0)
        return real("tau", tau, at_least=1.0)

    def macs(self, input_shape: Any) -> int:
        return 0

    def add_leak(self, channels: int) -> None:
        """Adds the weight w = -log(tau - 1) of a learned tau: 1 / tau = sigmoid(w)."""
        if self.learn_tau:
            start = constant(-math.log(self.tau - 1.0))
            shape = (channels,) if self.tau_shape == "channel" else ()
            self.leak_logit = self.add_weight(shape=shape, initializer=start, name="leak_logit")

    @property
    def causal(self) -> bool:
        """True if no output depends on later time steps."""
        return not getattr(self, "go_backwards", False)

    @property
    def memoryless(self) -> bool:
        """True if tau is fixed at 1, so that the membrane does not depend on the step before."""
        return self.tau == 1.0 and not self.learn_tau

    def leak(self, dtype: Any) -> Any:
        """Returns 1 / tau: a float, or a tensor of `dtype` where it is learned.

        A sigmoid that rounds to 0 or 1 is set to the number next to it, as 0 * inf is NaN.
        """
        if self.leak_logit is None:
            return 1.0 / self.tau
        smallest, largest = np.finfo(dtype).tiny, 1.0 - np.finfo(dtype).epsneg
        return ops.clip(ops.sigmoid(ops.cast(self.leak_logit, dtype)), smallest, largest)

    def get_config(self) -> dict[str, Any]:
        config = {
            "tau": self.tau,
            "decay_input": self.decay_input,
            "learn_tau": self.learn_tau,
            "tau_shape": self.tau_shape,
        }
        return {**super().get_config(), **config}


class Neuron(LeakyNeuron):
    """Base of all neurons that fire: threshold, reset and surrogate."""

    def __init__(
        self,
        *,
        v_threshold: float,
        v_reset: float | None,
        detach_reset: bool,
        surrogate: Any,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.v_threshold = real("v_threshold", v_threshold)
        self.v_reset = None if v_reset is None else real("v_reset", v_reset)
        require(
            self.v_threshold > (self.v_reset or 0.0),
            "v_threshold",
            "be greater than `v_reset`" if v_reset is not None else "be greater than 0",
            v_threshold=v_threshold,
            v_reset=v_reset,
        )
        self.detach_reset = flag("detach_reset", detach_reset)
        self.surrogate = surrogates.get(surrogate)

    @property
    def dynamics(self) -> LIFDynamics:
        """The neuron's equations."""
        return LIFDynamics(**self.constants)

    @property
    def constants(self) -> dict[str, Any]:
        """The constants of `LIFDynamics`."""
        return {
            "v_threshold": self.v_threshold,
            "v_reset": self.v_reset,
            "decay_input": self.decay_input,
            "detach_reset": self.detach_reset,
            "surrogate": self.surrogate,
            "memoryless": self.memoryless,
        }

    def get_config(self) -> dict[str, Any]:
        config = {
            "v_threshold": self.v_threshold,
            "v_reset": self.v_reset,
            "detach_reset": self.detach_reset,
            "surrogate": surrogates.serialize(self.surrogate),
        }
        return {**super().get_config(), **config}
