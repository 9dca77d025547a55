"""The base class of losses on one score per class."""

from typing import Any

import keras
from keras import ops

from keras_snn.functional import precision
from keras_snn.functional.labels import require_labels, to_vectors
from keras_snn.functional.masks import get_keras_mask, kept_steps, set_keras_mask
from keras_snn.validation import choice, real, require

LOSSES = ("crossentropy", "mse")


class ScoreLoss(keras.losses.Loss):
    """Base class of losses that compare labels with one score per class, over all time steps.

    A subclass computes `scores`. It may define other `default_targets` for the mean squared error,
    and other `logits` for the cross-entropy. Masked time steps do not count in the scores, and a
    sample whose time steps are all masked does not count in the mean over samples.
    """

    def __init__(
        self,
        loss: str = "crossentropy",
        on_target: float | None = None,
        off_target: float | None = None,
        reduction: str = "sum_over_batch_size",
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(name=name, reduction=reduction, dtype=dtype)
        self.loss = choice("loss", loss, LOSSES)
        self.on_target = self._checked("on_target", on_target)
        self.off_target = self._checked("off_target", off_target)

    def _checked(self, argument: str, target: float | None) -> float | None:
        if target is None:
            return None
        require(self.loss == "mse", argument, 'be None unless `loss` is "mse"', loss=self.loss)
        return real(argument, target)

    def scores(self, outputs: Any, kept: Any) -> Any:
        """Returns scores (batch, classes); `outputs` have a time axis, `kept` is (batch, time)."""
        raise NotImplementedError

    def logits(self, scores: Any) -> Any:
        """Returns logits of the classes; the greater the logit, the more likely the class."""
        return scores

    def default_targets(self, steps: Any) -> tuple[Any, Any]:
        """Returns the desired scores of the correct class and the others; `steps` is (batch, 1)."""
        return 1.0, 0.0

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        if sample_weight is not None:
            shape = tuple(ops.shape(sample_weight))
            one = len(shape) == 1 or shape[1:] == (1,)
            require(one, "sample_weight", "have one weight per sample, (batch,)", shape=shape)
        mask = get_keras_mask(y_pred)
        if mask is not None:
            y_pred = (y_pred, ops.cast(mask, self.dtype))
        return super().__call__(y_true, y_pred, sample_weight)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        outputs, mask = y_pred if isinstance(y_pred, tuple) else (y_pred, None)
        rule = "have the shape (batch, time, classes): build the model with return_sequences=True"
        require(len(outputs.shape) == 3, "y_pred", rule, shape=tuple(outputs.shape))
        require_labels(y_true, outputs)
        kept = kept_steps(outputs, mask)
        labels = to_vectors(y_true, outputs.shape[-1], outputs.dtype)
        values = self._compare(labels, self.scores(outputs, kept), kept)  # (batch,)
        if mask is not None:
            set_keras_mask(values, ops.any(mask > 0, axis=1))
        return values

    def _compare(self, labels: Any, scores: Any, kept: Any) -> Any:
        if self.loss == "crossentropy":
            return -ops.sum(labels * ops.log_softmax(self.logits(scores), axis=-1), axis=-1)
        on, off = self.default_targets(ops.sum(kept, axis=1, keepdims=True))
        on = on if self.on_target is None else self.on_target
        off = off if self.off_target is None else self.off_target
        return precision.mean(ops.square(scores - (off + (on - off) * labels)), axis=-1)

    def get_config(self) -> dict[str, Any]:
        targets = {"on_target": self.on_target, "off_target": self.off_target}
        return {**super().get_config(), "loss": self.loss, **targets}
