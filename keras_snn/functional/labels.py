"""Labels of classes, as integers or as vectors with one entry per class."""

from typing import Any

from keras import ops

from keras_snn.validation import require


def are_integers(labels: Any, classes: int) -> bool:
    """Tells labels (batch,) or (batch, 1) from vectors (..., classes)."""
    return len(labels.shape) == 1 or (labels.shape[-1] == 1 and classes != 1)


def require_labels(labels: Any, outputs: Any, per_step: bool = False) -> None:
    """Raises unless labels fit outputs (batch, time, classes).

    They are integers (batch,) or (batch, 1), or vectors (batch, classes), or with `per_step`
    (batch, time, classes).
    """
    batch, _, classes = outputs.shape
    wanted: list[tuple] = [(batch,), (batch, 1), (batch, classes)]
    wanted += [tuple(outputs.shape)] if per_step else []
    shape = tuple(labels.shape)
    good = any(_agree(shape, one) for one in wanted)
    rule = "have the shape (batch,), (batch, 1) or (batch, classes)"
    require(good, "y_true", rule, y_true=shape, y_pred=tuple(outputs.shape))


def _agree(shape: tuple, wanted: tuple) -> bool:
    pairs = zip(shape, wanted, strict=False)
    return len(shape) == len(wanted) and all(None in pair or len(set(pair)) == 1 for pair in pairs)


def to_vectors(labels: Any, classes: int, dtype: Any) -> Any:
    """Returns vectors (batch, classes); labels that are no class give NaN, so that they show."""
    if not are_integers(labels, classes):
        return ops.cast(labels, dtype)
    labels = ops.cast(ops.reshape(labels, (-1, 1)), "int32")
    known = ops.logical_and(labels >= 0, labels < classes)
    vectors = ops.one_hot(labels[:, 0], classes, dtype=dtype)
    return ops.where(known, vectors, ops.full_like(vectors, float("nan")))


def to_integers(labels: Any, classes: int) -> Any:
    """Returns classes (batch,), or (batch, time) of one vector per time step."""
    if are_integers(labels, classes):
        return ops.cast(ops.reshape(labels, (-1,)), "int32")
    return ops.cast(ops.argmax(labels, axis=-1), "int32")
