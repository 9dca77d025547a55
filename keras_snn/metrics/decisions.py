"""Finds the class that a sequence of outputs predicts, at every time step and at the end."""

from typing import Any

from keras import ops

from keras_snn.functional.masks import get_keras_mask, kept_steps
from keras_snn.validation import require


def checked(y_pred: Any) -> tuple[Any, Any]:
    """Returns outputs (batch, time, classes) and the steps that their mask keeps, (batch, time)."""
    outputs = ops.convert_to_tensor(y_pred)
    rule = "have the shape (batch, time, classes): build the model with return_sequences=True"
    require(len(outputs.shape) == 3, "y_pred", rule, shape=tuple(outputs.shape))
    return outputs, kept_steps(outputs, get_keras_mask(y_pred))


def decide(outputs: Any, kept: Any, decision: str) -> Any:
    """Returns classes (batch, time): of the mean up to each step ("mean"), or of each step."""
    if decision == "mean":
        counted = ops.expand_dims(kept, -1) > 0
        outputs = ops.cumsum(ops.where(counted, outputs, ops.zeros_like(outputs)), axis=1)
    return ops.cast(ops.argmax(outputs, axis=-1), "int32")


def at_the_end(classes: Any, kept: Any) -> Any:
    """Returns the classes at the last kept step, (batch,); 0 if there is none."""
    counted = ops.cumsum(kept, axis=1)
    last = ops.logical_and(kept > 0, ops.equal(counted, counted[:, -1:]))
    return ops.sum(ops.where(last, classes, ops.zeros_like(classes)), axis=1)


def has_steps(kept: Any) -> Any:
    """Marks the samples that have a kept step: (batch,), 1 or 0."""
    return ops.max(kept, axis=1)


def weigh(kept: Any, sample_weight: Any) -> Any:
    """Multiplies `kept` (batch,) or (batch, time) by the weights of the samples (batch,)."""
    if sample_weight is None:
        return kept
    weights = ops.convert_to_tensor(sample_weight, dtype=kept.dtype)
    rule = "have one weight per sample, (batch,)"
    shape = tuple(weights.shape)
    require(len(shape) == 1 or shape[1:] == (1,), "sample_weight", rule, shape=shape)
    return kept * ops.reshape(weights, (-1, *[1] * (len(kept.shape) - 1)))
