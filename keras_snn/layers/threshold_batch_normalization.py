"""Threshold-dependent batch normalization."""

from typing import Any

import keras
from keras import ops

from keras_snn.layers.batch_normalization import BatchNormalization
from keras_snn.validation import real


@keras.saving.register_keras_serializable(package="keras_snn")
class ThresholdBatchNormalization(BatchNormalization):
    """Threshold-dependent batch normalization (tdBN) scales currents to the threshold they meet.

        y = alpha * v_threshold * (x - mean) / sqrt(variance + epsilon) * gamma + beta

    mean and variance are those of the batch over every axis but the last in training, and the
    running ones in inference. gamma starts at 1, so that currents start with the deviation
    alpha * v_threshold, at which neurons neither stay silent nor fire all the time.

    Args:
        v_threshold: The threshold of the neurons that follow, greater than 0.
        alpha: Factor, greater than 0; 1, or 1 / sqrt(2) for each of two currents that are added.
        axis, momentum, epsilon and all others: As in `BatchNormalization`, by keyword.

    Call arguments:
        inputs, training, mask, bias: As in `BatchNormalization`.

    Input shape, Output shape:
        (batch, ..., channels)

    Raises:
        ValueError: for a `v_threshold` or an `alpha` that is not greater than 0, and as
            `BatchNormalization`.

    Example:
        >>> norm = keras_snn.layers.ThresholdBatchNormalization(v_threshold=0.5)
        >>> norm(np.zeros((2, 10, 34, 34, 16)), training=True).shape
        (2, 10, 34, 34, 16)

    Source: Zheng et al., arXiv 2011.05280, eq. (5) and (6). Differs from the source: the running
    variance is the unbiased one, as PyTorch has it.
    """

    def __init__(self, v_threshold: float = 1.0, alpha: float = 1.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.v_threshold = real("v_threshold", v_threshold, above=0.0)
        self.alpha = real("alpha", alpha, above=0.0)

    @property
    def factor(self) -> Any:
        constant = self.alpha * self.v_threshold
        if self.gamma is None:
            return constant * ops.ones_like(self.moving_mean)
        return constant * ops.convert_to_tensor(self.gamma)

    def get_config(self) -> dict[str, Any]:
        config = {"v_threshold": self.v_threshold, "alpha": self.alpha}
        return {**super().get_config(), **config}
