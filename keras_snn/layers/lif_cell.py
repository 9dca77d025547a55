"""Leaky integrate-and-fire neurons as a cell that makes one step."""

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from keras_snn.functional.precision import wide_dtype
from keras_snn.layers.neuron import Neuron
from keras_snn.layers.shapes import Shape
from keras_snn.validation import count, require


@keras.saving.register_keras_serializable(package="keras_snn")
class LIFCell(Neuron):
    """Makes one step of `LIF` on vectors, as a cell for `keras.layers.RNN`.

    It has the formula of `LIF`. `keras.layers.RNN(LIFCell(units), return_sequences=True)` gives
    the spikes and gradients of `LIF()`; use it inside cells of your own, and `LIF` for speed and
    for images. `keras.layers.RNN` keeps states in its compute dtype: under a half policy give it
    `dtype="float32"`, or the membrane is rounded between steps (LIF does not round).

    Args:
        units: Number of neurons, the size of the input's last axis.
        tau, v_threshold, v_reset, decay_input, detach_reset, surrogate, learn_tau,
            tau_shape: As in `LIF`.

    Call arguments:
        inputs: Input current (batch, units).
        states: List of one tensor, the membrane (batch, units).

    Input shape:
        (batch, units)

    Output shape:
        Spikes (batch, units), and a list with the membrane (batch, units).

    Raises:
        ValueError: as `LIF`, and where the input's last axis is not `units`.

    Example:
        >>> cell = keras_snn.layers.LIFCell(64)
        >>> spikes = keras.layers.RNN(cell, return_sequences=True)(np.random.rand(2, 10, 64))

    Source: as `LIF`. Differs from the source: as `LIF`.
    """

    def __init__(
        self,
        units: int,
        tau: float = 2.0,
        v_threshold: float = 1.0,
        v_reset: float | None = 0.0,
        decay_input: bool = True,
        detach_reset: bool = True,
        surrogate: Any = "atan",
        learn_tau: bool = False,
        tau_shape: str = "layer",
        **kwargs: Any,
    ) -> None:
        super().__init__(
            tau=tau,
            v_threshold=v_threshold,
            v_reset=v_reset,
            decay_input=decay_input,
            detach_reset=detach_reset,
            surrogate=surrogate,
            learn_tau=learn_tau,
            tau_shape=tau_shape,
            **kwargs,
        )
        self.units = count("units", units)
        self.state_size = self.units
        self.output_size = self.units

    def build(self, input_shape: Shape) -> None:
        good = len(input_shape) == 2 and input_shape[-1] == self.units
        rule = f"have units={self.units} features and the axes (batch, features)"
        require(good, "inputs", rule, shape=tuple(input_shape))
        self.add_leak(self.units)

    def call(
        self, inputs: Any, states: Sequence[Any], training: bool | None = None
    ) -> tuple[Any, list[Any]]:
        outputs = self.compute_dtype
        dtype = wide_dtype(outputs)
        x, v = ops.cast(inputs, dtype), ops.cast(states[0], dtype)
        (h,) = self.dynamics.charge(x, (v,), (self.leak(dtype),))
        spikes = self.surrogate(h - self.v_threshold)
        resetting = ops.stop_gradient(spikes) if self.detach_reset else spikes
        after = self.dynamics.differentiable_reset(h, resetting)
        return ops.cast(spikes, outputs), [ops.cast(after, states[0].dtype)]

    def get_initial_state(self, batch_size: int | None = None) -> list[Any]:
        shape = (batch_size, self.units)
        return [ops.full(shape, self.dynamics.rest, dtype=self.compute_dtype)]

    def get_config(self) -> dict[str, Any]:
        return {"units": self.units, **super().get_config()}
