"""A loss on every time step: temporal efficient training."""

from typing import Any

import keras
from keras import ops

from keras_snn.functional.labels import are_integers, require_labels
from keras_snn.functional.precision import mean
from keras_snn.validation import found, real, require


@keras.saving.register_keras_serializable(package="keras_snn")
class TemporalEfficientTraining(keras.losses.Loss):
    """Applies a loss to every time step: temporal efficient training (TET).

        L[b, t] = (1 - w) loss(y[b], o[b, t]) + w mean_c (o[b, t, c] - v_threshold)^2

    o are the outputs, y is the label of a sample, the same at every time step, and w is
    `temporal_weight`. The total is the mean of L over samples and time steps. Masked time steps do
    not count, and sample weights act as in every Keras loss.

    Args:
        loss: The loss of one time step: a name, a function or an object of Keras. Default:
            "sparse_categorical_crossentropy".
        temporal_weight: The weight w of the squared distance to the threshold, from 0 to 1.
            Default: 0. The squared distance is meant for logits, not for probabilities.
        v_threshold: The value to which this term pulls the outputs. Default: 1.
        reduction, name, dtype: As in `keras.losses.Loss`.

    Call arguments:
        y_true: Integer labels (batch,) or (batch, 1), vectors (batch, classes), or one target per
            time step (batch, time, classes).
        y_pred: (batch, time, classes).

    Raises:
        ValueError: If `temporal_weight` is not between 0 and 1, or the outputs have no time axis.

    Example:
        >>> loss = keras_snn.losses.TemporalEfficientTraining(temporal_weight=0.05)
        >>> model.compile("adam", loss)  # or, with the defaults, model.compile("adam", "tet")

    Source: Deng et al., arXiv 2202.11946. Differs from the source: w is 0 by default.
    """

    def __init__(
        self,
        loss: Any = "sparse_categorical_crossentropy",
        temporal_weight: float = 0.0,
        v_threshold: float = 1.0,
        reduction: str = "sum_over_batch_size",
        name: str = "temporal_efficient_training",
        dtype: Any = None,
    ) -> None:
        super().__init__(name=name, reduction=reduction, dtype=dtype)
        self.loss = found(keras.losses.get, "loss", loss)
        require(callable(self.loss), "loss", "be a loss of Keras", loss=loss)
        self.temporal_weight = real("temporal_weight", temporal_weight, at_least=0.0)
        rule = "be at most 1"
        require(temporal_weight <= 1, "temporal_weight", rule, temporal_weight=temporal_weight)
        self.v_threshold = real("v_threshold", v_threshold)

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        if sample_weight is not None and len(ops.shape(sample_weight)) == 1:
            sample_weight = ops.expand_dims(sample_weight, 1)  # (batch, 1): the same at every step
        return super().__call__(y_true, y_pred, sample_weight)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        rule = "have the shape (batch, time, classes): build the model with return_sequences=True"
        require(len(y_pred.shape) == 3, "y_pred", rule, shape=tuple(y_pred.shape))
        require_labels(y_true, y_pred, per_step=True)
        step = getattr(self.loss, "call", self.loss)
        values = step(_at_every_step(y_true, y_pred), y_pred)  # (batch, time)
        if self.temporal_weight == 0:
            return values
        distance = mean(ops.square(y_pred - self.v_threshold), axis=-1)
        return (1 - self.temporal_weight) * values + self.temporal_weight * distance

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "loss": keras.losses.serialize(self.loss),
            "temporal_weight": self.temporal_weight,
            "v_threshold": self.v_threshold,
        }


def _at_every_step(y_true: Any, y_pred: Any) -> Any:
    """Repeats the target of a sample over time: (batch, time) or (batch, time, classes)."""
    if len(y_true.shape) == 3:
        return y_true
    batch, time, classes = ops.shape(y_pred)
    if are_integers(y_true, y_pred.shape[-1]):
        return ops.broadcast_to(ops.reshape(y_true, (-1, 1)), (batch, time))
    return ops.broadcast_to(ops.expand_dims(y_true, 1), (batch, time, classes))
