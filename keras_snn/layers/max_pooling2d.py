"""Maxima over windows that do not hide NaN."""

from typing import Any

import keras
from keras import ops

from keras_snn.functional.precision import mean


@keras.saving.register_keras_serializable(package="keras_snn")
class MaxPooling2D(keras.layers.MaxPooling2D):
    """Takes maxima over windows, and gives NaN for every map that has one.

    TensorFlow's maximum over a window skips NaN, so that a network would go on as if nothing had
    happened. The channels are always last.

    Input shape:
        (batch, height, width, channels)

    Output shape:
        (batch, height', width', channels)

    Example:
        >>> MaxPooling2D(2)(np.ones((1, 4, 4, 3))).shape
        (1, 2, 2, 3)

    Source: `keras.layers.MaxPooling2D`. Differs from the source: NaN in gives NaN out.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "data_format": "channels_last"})

    def call(self, inputs: Any) -> Any:
        means = mean(inputs, axis=(1, 2), keepdims=True)  # (batch, 1, 1, channels)
        nan = ops.where(ops.isnan(means), means, ops.zeros_like(means))
        return super().call(inputs) + ops.stop_gradient(nan)
