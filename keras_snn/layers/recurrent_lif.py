"""LIF neurons whose spikes return to them."""

from typing import Any, ClassVar

import keras
from keras import ops

from keras_snn.functional.recurrent_lif import RecurrentLIFDynamics
from keras_snn.layers.lif import LIF
from keras_snn.validation import count, found, require


@keras.saving.register_keras_serializable(package="keras_snn")
class RecurrentLIF(LIF):
    """Feeds the spikes of LIF neurons back to them, through a learned matrix one step later.

        h[t] = r + (1 - 1/tau) * (v[t-1] - r) + g * (x[t] + s[t-1] W)

    The neurons fire and reset as in `LIF`. There are no spikes before the first step.

    Args:
        units: Number of neurons, the size of the input's last axis.
        tau: Membrane time constant in time steps, at least 1.
        recurrent_initializer, recurrent_regularizer, recurrent_constraint: As in
            `keras.layers.SimpleRNN`, for W (units, units).
        kwargs: The other arguments of `LIF`.

    Call arguments:
        inputs, mask: As in `LIF`.
        initial_state: The two states before the first step, [membrane, spikes].

    Input shape:
        (batch, time, units)

    Output shape:
        Spikes (batch, time, units). With `return_state` a tuple of these, the membrane and the
        last spikes, (batch, units) each.

    Raises:
        ValueError: as `LIF`, and where the input is not (batch, time, units).

    Example:
        >>> spikes = keras_snn.layers.RecurrentLIF(64)(np.random.rand(2, 10, 64))
        >>> spikes.shape
        (2, 10, 64)

    Source: Bellec et al., NeurIPS 2018, without adaptation. Differs from the source: neurons fire
    at equality.
    """

    STATES: ClassVar[tuple[str, ...]] = ("membrane", "spikes")

    def __init__(
        self,
        units: int,
        tau: float = 2.0,
        recurrent_initializer: Any = "orthogonal",
        recurrent_regularizer: Any = None,
        recurrent_constraint: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(tau=tau, **kwargs)
        self.units = count("units", units)
        self.recurrent_initializer = found(
            keras.initializers.get, "recurrent_initializer", recurrent_initializer
        )
        self.recurrent_regularizer = found(
            keras.regularizers.get, "recurrent_regularizer", recurrent_regularizer
        )
        self.recurrent_constraint = found(
            keras.constraints.get, "recurrent_constraint", recurrent_constraint
        )

    def build(self, input_shape: Any) -> None:
        super().build(input_shape)
        good = len(input_shape) == 3 and input_shape[-1] == self.units
        rule = f"have the shape (batch, time, {self.units})"
        require(good, "inputs", rule, shape=tuple(input_shape))
        self.recurrent_kernel = self.add_weight(
            shape=(self.units, self.units),
            initializer=self.recurrent_initializer,
            regularizer=self.recurrent_regularizer,
            constraint=self.recurrent_constraint,
            name="recurrent_kernel",
        )

    @property
    def dynamics(self) -> RecurrentLIFDynamics:
        return RecurrentLIFDynamics(**self.constants)

    def parameters(self, dtype: Any) -> tuple:
        return self.leak(dtype), ops.cast(self.recurrent_kernel, dtype)

    def macs(self, input_shape: Any) -> int:
        rule = "have a known number of time steps, for its cost to be counted"
        require(input_shape[1] is not None, "inputs", rule, shape=tuple(input_shape))
        return input_shape[1] * self.units**2

    def multiplicand(self, inputs: Any, outputs: Any) -> Any:
        """The spikes of the step before."""
        return ops.concatenate([ops.zeros_like(outputs[:, :1]), outputs[:, :-1]], axis=1)

    def get_config(self) -> dict[str, Any]:
        serialize = keras.saving.serialize_keras_object
        config = {
            "units": self.units,
            "recurrent_initializer": serialize(self.recurrent_initializer),
            "recurrent_regularizer": serialize(self.recurrent_regularizer),
            "recurrent_constraint": serialize(self.recurrent_constraint),
        }
        return {**super().get_config(), **config}
