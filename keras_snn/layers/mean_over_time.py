"""The mean over time that stays finite where every time step is masked."""

from typing import Any

import keras
from keras import ops

from keras_snn.functional.precision import mean
from keras_snn.layers.shapes import require_sequence
from keras_snn.validation import flag, require


@keras.saving.register_keras_serializable(package="keras_snn")
class MeanOverTime(keras.layers.GlobalAveragePooling1D):
    """The layer takes the mean over the time steps that the mask keeps.

        y[b] = sum_t mask[b, t] x[b, t] / max(sum_t mask[b, t], 1)

    x are the inputs and mask is 1 where a step counts (everywhere without a mask). A sample
    without any step that counts, such as a recording without events, gives zeros.

    Call arguments:
        inputs: (batch, time, features); integers and booleans are cast to the compute dtype.
        mask: Booleans (batch, time), or None.

    Input shape:
        (batch, time, features)

    Output shape:
        (batch, features)

    Raises:
        ValueError: for inputs of another rank, or without any time step.

    Example:
        >>> layer = keras_snn.layers.MeanOverTime()
        >>> layer(np.ones((1, 4, 3)), mask=np.zeros((1, 4), bool)).shape
        (1, 3)

    Source: `keras.layers.GlobalAveragePooling1D`. Differs from the source: zeros where that
    layer gives NaN, the channels are always last, and integers are cast.
    """

    causal = True

    def __init__(self, keepdims: bool = False, **kwargs: Any) -> None:
        keepdims = flag("keepdims", keepdims)
        super().__init__(**{**kwargs, "keepdims": keepdims, "data_format": "channels_last"})
        self.input_spec = None  # the sentence below takes its place

    def build(self, input_shape: Any) -> None:
        rule = "have the axes (batch, time, features)"
        require(len(input_shape) == 3, "inputs", rule, shape=tuple(input_shape))

    def call(self, inputs: Any, mask: Any = None) -> Any:
        inputs = ops.cast(inputs, self.compute_dtype)
        require_sequence(inputs.shape)
        if mask is None:
            return mean(inputs, axis=1, keepdims=self.keepdims)
        weights = ops.expand_dims(ops.cast(mask, inputs.dtype), -1)  # (batch, time, 1)
        total = ops.sum(inputs * weights, axis=1, keepdims=self.keepdims)
        steps = ops.sum(weights, axis=1, keepdims=self.keepdims)
        return total / ops.maximum(steps, 1)

    def macs(self, input_shape: Any) -> int:
        return 0
