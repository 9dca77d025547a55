"""Latency coding of static inputs."""

from typing import Any

import keras
from keras import ops

from keras_snn.functional.precision import wide_dtype
from keras_snn.validation import count, real


@keras.saving.register_keras_serializable(package="keras_snn")
class LatencyCoding(keras.layers.Layer):
    """Latency coding turns every intensity into one spike, the earlier the stronger it is.

        y[b, t] = 1 if t = round((1 - x[b]) * (T - 1)) and x[b] > threshold, otherwise 0

    T is `time_steps`, and t goes from 0 to T - 1. An intensity of 1 or more spikes at the first
    time step; half steps are rounded up. No gradient flows to the inputs.

    Args:
        time_steps: Number of time steps T, at least 1.
        threshold: Intensities up to it never spike, at least 0; 0 by default.

    Input shape:
        (batch, ...), intensities from 0 to 1; integers are cast.

    Output shape:
        (batch, time_steps, ...), 0 or 1.

    Raises:
        ValueError: if `time_steps` is no integer of at least 1, or `threshold` is negative.

    Example:
        >>> spikes = keras_snn.layers.LatencyCoding(time_steps=3)(np.array([[1.0, 0.5, 0.0]]))
        >>> np.asarray(spikes[0]).tolist()
        [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 0.0]]

    Source: Thorpe et al., Neural Networks 14(6-7), 2001. Differs from the source: the linear form,
    in time steps.
    """

    causal = True

    def __init__(self, time_steps: int, threshold: float = 0.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.time_steps = count("time_steps", time_steps)
        self.threshold = real("threshold", threshold, at_least=0.0)

    def call(self, inputs: Any) -> Any:
        x = ops.cast(inputs, wide_dtype(self.compute_dtype))
        x = ops.expand_dims(x, 1)  # (batch, 1, ...)
        step = ops.maximum(ops.floor((1.0 - x) * (self.time_steps - 1) + 0.5), 0.0)
        steps = ops.reshape(ops.arange(self.time_steps), (1, -1, *[1] * (len(x.shape) - 2)))
        now = ops.equal(ops.cast(steps, x.dtype), step)  # (batch, time, ...)
        spikes = ops.cast(ops.logical_and(now, x > self.threshold), x.dtype)
        return ops.cast(ops.where(ops.isnan(x), x, spikes), self.compute_dtype)

    def compute_output_shape(self, input_shape: Any) -> Any:
        return (input_shape[0], self.time_steps, *input_shape[1:])

    def macs(self, input_shape: Any) -> int:
        return 0

    def get_config(self) -> dict[str, Any]:
        config = {"time_steps": self.time_steps, "threshold": self.threshold}
        return {**super().get_config(), **config}
