"""What the LIF layers share: their constants, checked and stored, and the leak."""

import math
from typing import Any

import keras
from keras import ops

from keras_snn import surrogates
from keras_snn.functional.membrane import Dynamics
from keras_snn.layers.initial import exactly
from keras_snn.validation import real, require


class Neuron(keras.layers.Layer):
    """Base of LIF, IF and LIFCell (three forms of one neuron, hence a class to share).

    It does not cast its inputs by itself: the membrane keeps float32 under half policies.
    """

    def __init__(
        self,
        tau,
        v_threshold,
        v_reset,
        decay_input,
        detach_reset,
        surrogate,
        learn_tau,
        **kwargs: Any,
    ):
        super().__init__(autocast=False, **kwargs)
        self.decay_input = bool(decay_input)
        self.learn_tau = bool(learn_tau)
        self.tau = self._checked_tau(tau)
        self.v_threshold = real("v_threshold", v_threshold)
        self.v_reset = None if v_reset is None else real("v_reset", v_reset)
        require(
            self.v_threshold > (self.v_reset or 0.0),
            "v_threshold",
            "be greater than `v_reset`" if v_reset is not None else "be greater than 0",
            v_threshold=v_threshold,
            v_reset=v_reset,
        )
        self.detach_reset = bool(detach_reset)
        self.surrogate = surrogates.get(surrogate)
        self.leak_logit = None

    def _checked_tau(self, tau):
        if tau == math.inf and not self.decay_input and not self.learn_tau:
            return math.inf
        if self.learn_tau:
            return real("tau", tau, above=1.0)
        return real("tau", tau, at_least=1.0)

    @property
    def dynamics(self) -> Dynamics:
        return Dynamics(
            v_threshold=self.v_threshold,
            v_reset=self.v_reset,
            decay_input=self.decay_input,
            detach_reset=self.detach_reset,
            surrogate=self.surrogate,
        )

    causal = True

    def macs(self, input_shape):
        return 0

    def add_leak(self):
        """The weight w = -log(tau - 1) of a learned tau: 1 / tau = sigmoid(w)."""
        if self.learn_tau:
            start = exactly(-math.log(self.tau - 1.0))
            self.leak_logit = self.add_weight(shape=(), initializer=start, name="leak_logit")

    def leak(self, dtype):
        """1 / tau: a float, or a scalar tensor of `dtype` where it is learned."""
        if self.leak_logit is None:
            return 1.0 / self.tau
        return ops.sigmoid(ops.cast(self.leak_logit, dtype))

    def get_config(self):
        config = {
            "tau": self.tau,
            "v_threshold": self.v_threshold,
            "v_reset": self.v_reset,
            "decay_input": self.decay_input,
            "detach_reset": self.detach_reset,
            "surrogate": surrogates.serialize(self.surrogate),
            "learn_tau": self.learn_tau,
        }
        return {**super().get_config(), **config}
