"""The masks that Keras attaches to tensors, for which it has no public functions."""

from typing import Any

from keras import ops
from keras.src.backend import get_keras_mask, set_keras_mask

__all__ = ["get_keras_mask", "kept_steps", "set_keras_mask"]


def kept_steps(outputs: Any, mask: Any = None) -> Any:
    """Marks the time steps that count: (batch, time) of the outputs' dtype, 1 or 0.

    Args:
        outputs: (batch, time, ...).
        mask: Booleans (batch, time), or None where all steps count.
    """
    if mask is None:
        return ops.ones(ops.shape(outputs)[:2], outputs.dtype)
    return ops.cast(mask, outputs.dtype)
