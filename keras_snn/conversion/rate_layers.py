"""Layers whose mean over time equals the output of a layer in the original network."""

from typing import Any

import keras
import numpy as np
from keras import ops

from keras_snn.functional import time
from keras_snn.layers import IF
from keras_snn.validation import require


@keras.saving.register_keras_serializable(package="keras_snn")
class RateIF(keras.layers.Layer):
    """Emits spikes whose mean over time approximates a ReLU that is clipped at its scale.

    The layer has integrate-and-fire neurons with the soft reset, a threshold theta_c per channel c,
    and half a threshold as the initial membrane potential. A spike of channel c has the height
    theta_c, so that

        mean over T steps of the output = theta_c / T * clip(floor(T z / theta_c + 1 / 2), 0, T)

    for a constant current z. This is the ReLU of z, clipped at theta_c and rounded to T + 1 levels.
    If the current changes from step to step, the mean differs by the charge that is left at the
    end.

    Args:
        scale: theta, one number per channel, each greater than 0.

    Input shape:
        (batch, time, ..., channels)

    Output shape:
        The same as the input; values are 0 or theta_c.

    Raises:
        ValueError: If a scale is not positive, or if the input has another number of channels.

    Example:
        >>> keras_snn.conversion.RateIF(scale=[2.0, 1.0])(np.ones((1, 8, 2))).shape
        (1, 8, 2)

    Source: Bu et al., "Optimal ANN-SNN conversion", ICLR 2022. Differs from the source: each
    channel has its own threshold.
    """

    causal = True

    def __init__(self, scale: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.scale = np.asarray(scale, "float64").ravel().tolist()
        good = len(self.scale) > 0 and all(np.isfinite(s) and s > 0 for s in self.scale)
        require(good, "scale", "be finite numbers greater than 0", scale=scale)
        self.neurons = IF(v_reset=None, dtype=self.dtype_policy, name="if")

    def build(self, input_shape: Any) -> None:
        rule = f"have {len(self.scale)} channels, one per number of `scale`"
        require(input_shape[-1] == len(self.scale), "inputs", rule, shape=tuple(input_shape))
        self.neurons.build(input_shape)

    def call(self, inputs: Any) -> Any:
        x = ops.cast(inputs, self.compute_dtype)
        scale = ops.convert_to_tensor(np.array(self.scale), dtype=x.dtype)
        half = 0.5 * ops.ones_like(x[:, 0])
        return self.neurons(x / scale, initial_state=half) * scale

    def compute_output_shape(self, input_shape: Any) -> tuple:
        return tuple(input_shape)

    def macs(self, input_shape: Any) -> int:
        return 0

    def get_config(self) -> dict:
        return {**super().get_config(), "scale": self.scale}


@keras.saving.register_keras_serializable(package="keras_snn")
class RateMaxPooling(keras.layers.Layer):
    """Pools the largest rate: the mean over time of its output is the pooled mean of its input.

    The maximum of the spikes in a step is not the maximum of the rates. With the sum S[t] of the
    inputs up to step t, the output is

        y[t] = pool(S[t]) - pool(S[t - 1])

    so that the sum of the outputs up to any step is the pooled sum of the inputs.

    Args:
        layer: A layer that pools maps (batch, height, width, channels), such as
            `keras.layers.MaxPooling2D`.

    Input shape:
        (batch, time, height, width, channels)

    Output shape:
        (batch, time, ...), where the last axes are the shape that `layer` gives a map.

    Example:
        >>> pool = keras_snn.conversion.RateMaxPooling(keras.layers.MaxPooling2D(2))
        >>> pool(np.zeros((1, 8, 4, 4, 3))).shape
        (1, 8, 2, 2, 3)

    Source: ours.
    """

    causal = True

    def __init__(self, layer: keras.layers.Layer, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.layer = layer

    def call(self, inputs: Any) -> Any:
        sums = ops.cumsum(inputs, axis=1)
        pooled = time.split(self.layer(time.merge(sums)), ops.shape(inputs)[1])
        return pooled - time.delay(pooled)

    def compute_output_shape(self, input_shape: Any) -> tuple:
        batch, time_steps, *sizes = input_shape
        return (batch, time_steps, *self.layer.compute_output_shape((batch, *sizes))[1:])

    def macs(self, input_shape: Any) -> int:
        return 0

    def get_config(self) -> dict:
        layer = keras.saving.serialize_keras_object(self.layer)
        return {**super().get_config(), "layer": layer}

    @classmethod
    def from_config(cls, config: dict) -> "RateMaxPooling":
        layer = keras.saving.deserialize_keras_object(config["layer"])
        return cls(**{**config, "layer": layer})
