"""Regularizers of the activity of neurons."""

from typing import Any

import keras
from keras import ops

from keras_snn.functional.precision import mean, wide_dtype
from keras_snn.validation import real, require


@keras.saving.register_keras_serializable(package="keras_snn")
class FiringRateBand(keras.regularizers.Regularizer):
    """Pulls firing rates into a band, as the `activity_regularizer` of a layer of neurons.

        r[c] = mean over samples, time steps and positions of s[..., c]
        penalty = weight * mean over c of (max(0, low - r[c])^2 + max(0, r[c] - high)^2)

    s are the spikes and c are their channels or units. The penalty is 0 if every rate is between
    `low` and `high`, it is at most `weight`, and it does not depend on the batch size. The
    surrogate gradient pulls silent channels up. Masked time steps count as steps without spikes.

    Args:
        low: Lowest rate without a penalty, in spikes per neuron and time step, at least 0.
        high: Highest rate without a penalty, at least `low` and at most 1.
        weight: Factor of the penalty, at least 0. Default: 1.

    Call arguments:
        x: Spikes (batch, time, ..., channels).

    Raises:
        ValueError: If the limits are not between 0 and 1 or in the wrong order, or the weight is
            negative.

    Example:
        >>> band = keras_snn.regularizers.FiringRateBand(low=0.05, high=0.3)
        >>> lif = keras_snn.layers.LIF(activity_regularizer=band)

    Source: Zenke and Vogels, Neural Computation 33(4), 2021 (lower and upper bounds of activity).
    Differs from the source: both bounds are on mean rates.
    """

    def __init__(self, low: float, high: float, weight: float = 1.0) -> None:
        self.low = real("low", low, at_least=0.0)
        self.high = real("high", high, at_least=self.low)
        require(self.high <= 1, "high", "be at most 1", high=high)
        self.weight = real("weight", weight, at_least=0.0)

    def __call__(self, x: Any) -> Any:
        x = ops.cast(x, wide_dtype(x.dtype))
        rates = mean(ops.reshape(x, (-1, x.shape[-1])), axis=0)
        distances = ops.square(ops.relu(self.low - rates)) + ops.square(ops.relu(rates - self.high))
        samples = ops.cast(ops.shape(x)[0], x.dtype)  # Keras divides by it
        return self.weight * samples * mean(distances, axis=0)

    def get_config(self) -> dict[str, float]:
        return {"low": self.low, "high": self.high, "weight": self.weight}
