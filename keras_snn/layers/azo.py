"""Attention ZoneOut, the regularizer of the SMA paper."""

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from keras_snn.functional import zoneout
from keras_snn.functional.precision import wide_dtype
from keras_snn.layers.shapes import Shape, require_shape
from keras_snn.validation import count, require


@keras.saving.register_keras_serializable(package="keras_snn")
class AZO(keras.layers.Layer):
    """Attention ZoneOut (AZO): in training, repeats the previous step of the weakest features.

    With N scales, time weights A^T (batch, N, time), channel weights A^C (batch, N, time,
    channels) and attended outputs O_n, per scale n:

        T_n = the S steps of smallest sum over the batch of A^T_n
        C_n = the K channels of smallest sum over the batch and over t in T_n of A^C_n
        O_n[t, ..., c] <- O_n[t-1, ..., c] for t in T_n without 0, c in C_n

    with S = time // time_reduction and K = channels // channel_reduction. The right side is read
    unmodified: of two selected neighbors each takes the original value of its predecessor. Nothing
    is rescaled. No gradient flows through the selection; the gradients of replaced cells flow to
    t-1. Ties go to the lower index. Scores are float32 or better. A divisor larger than its size
    selects nothing.

    Args:
        channel_reduction: Divisor of the number of channels, an integer of at least 1.
        time_reduction: Divisor of the number of time steps, an integer of at least 1.

    Call arguments:
        inputs: `[features, time_weights, channel_weights]`; integers are cast.
        training: The layer acts in training only; otherwise it returns the features unchanged.

    Input shape:
        `[(batch, N, time, height, width, channels), (batch, N, time),
        (batch, N, time, channels)]`

    Output shape:
        The features'. SMA sums them over N afterwards.

    Raises:
        ValueError: for a divisor that is no integer of at least 1, or shapes that do not fit
            each other.

    Example:
        >>> azo = keras_snn.layers.AZO(channel_reduction=4, time_reduction=4)
        >>> sma = keras_snn.layers.SMA(azo=azo)         # inside SMA
        >>> features, channel_weights = np.ones((2, 3, 4, 5, 5, 8)), np.ones((2, 3, 4, 8))
        >>> azo([features, np.ones((2, 3, 4)), channel_weights], training=True).shape
        (2, 3, 4, 5, 5, 8)

    Source: arXiv 2405.13672, section on AZO. Differs from the source: where nothing is selected
    it does nothing (the authors' code raises).
    """

    def __init__(self, channel_reduction: int = 4, time_reduction: int = 4, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.channel_reduction = count("channel_reduction", channel_reduction)
        self.time_reduction = count("time_reduction", time_reduction)

    def build(self, input_shape: Any) -> None:
        features, time_weights, channel_weights = map(tuple, input_shape)
        require(
            len(features) == 6,
            "features",
            "have the axes (batch, scales, time, height, width, channels)",
            shape=features,
        )
        require_shape("time_weights", time_weights, features[:3])
        require_shape("channel_weights", channel_weights, (*features[:3], features[5]))

    def call(self, inputs: Sequence[Any], training: bool | None = None) -> Any:
        features, time_weights, channel_weights = inputs
        features = ops.cast(features, self.compute_dtype)
        if not training:
            return features
        return zoneout.replace(features, self.select(time_weights, channel_weights))

    def select(self, time_weights: Any, channel_weights: Any) -> Any:
        """Marks the cells to replace by ones among zeros, (scales, time, channels)."""
        dtype = wide_dtype(channel_weights.dtype)
        time_steps, channels = channel_weights.shape[2:]
        return zoneout.select(
            ops.cast(time_weights, dtype),
            ops.cast(channel_weights, dtype),
            time_steps // self.time_reduction,
            channels // self.channel_reduction,
        )

    causal = False  # in training the channels are chosen by all selected time steps

    def macs(self, input_shape: Any) -> int:
        return 0

    def compute_output_shape(self, input_shape: Any) -> Shape:
        return tuple(input_shape[0])

    def get_config(self) -> dict[str, Any]:
        config = {
            "channel_reduction": self.channel_reduction,
            "time_reduction": self.time_reduction,
        }
        return {**super().get_config(), **config}
