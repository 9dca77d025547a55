"""Before and after the networks: standardised images, and class scores with names."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from keras_snn.validation import count, require

STATISTICS = {
    "imagenet": ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
    "cifar10": ((0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616)),
    "cifar100": ((0.5071, 0.4865, 0.4409), (0.2673, 0.2564, 0.2762)),
}
"""Mean and standard deviation of the training images' channels, pixels from 0 to 1."""

IMAGENET_CLASSES = 1000


def standardize(x: Any, dataset: str) -> Any:
    """(x / 255 - mean) / standard deviation, of RGB pixels from 0 to 255; x is left as it is.

    Args:
        x: Images or frames (..., height, width, 3), an array or a tensor.
        dataset: Name in `STATISTICS`.
    """
    shape = tuple(x.shape)
    good = len(shape) >= 3 and shape[-1] == 3
    require(good, "x", "have the axes (..., height, width, 3)", shape=shape)
    mean, deviation = STATISTICS[dataset]
    dtype = keras.config.floatx()
    scale = 1.0 / (255.0 * np.asarray(deviation, dtype))
    shift = -np.asarray(mean, dtype) / np.asarray(deviation, dtype)
    return as_float(x) * scale + shift


def as_float(x: Any) -> Any:
    """x in Keras's default float type."""
    if isinstance(x, np.ndarray):
        return x.astype(keras.config.floatx())
    return keras.ops.cast(x, keras.config.floatx())


def check_data_format(data_format: str | None) -> None:
    """Raises unless channels come last."""
    good = data_format in (None, "channels_last")
    require(good, "data_format", 'be None or "channels_last"', data_format=data_format)


def decode(
    preds: Any, top: int, class_names: Sequence[Any] | None, *, imagenet: bool
) -> list[list[tuple[Any, str, float]]]:
    """The `top` classes of every sample as (class, name, score), the best first.

    Args:
        preds: (batch, classes).
        top: Number of classes, at most all.
        class_names: Names of the classes, or None: with `imagenet` and 1000 classes those of
            Keras's own list, which Keras downloads once, else the class's number.
        imagenet: Whether 1000 classes are ImageNet's.
    """
    preds = np.asarray(preds)
    require(preds.ndim == 2, "preds", "have the axes (batch, classes)", shape=preds.shape)
    top = min(count("top", top), preds.shape[1])
    if class_names is None and imagenet and preds.shape[1] == IMAGENET_CLASSES:
        return _decode_imagenet(preds, top)
    names = _names(class_names, preds.shape[1])
    best = np.argsort(-preds, axis=1, kind="stable")[:, :top]
    return [
        [(int(i), names[i], float(scores[i])) for i in order]
        for scores, order in zip(preds, best, strict=True)
    ]


def _names(class_names: Sequence[Any] | None, classes: int) -> list[str]:
    names = [str(name) for name in (range(classes) if class_names is None else class_names)]
    rule = f"hold one name for each of {classes} classes"
    require(len(names) == classes, "class_names", rule, length=len(names))
    return names


def _decode_imagenet(preds: np.ndarray, top: int) -> list[list[tuple[Any, str, float]]]:
    try:
        decoded = keras.applications.imagenet_utils.decode_predictions(preds, top=top)
    except Exception as error:  # of the download, by whatever stands below Keras
        raise ValueError(
            "`class_names` must be given where Keras cannot download ImageNet's. "
            f"Received: class_names=None ({type(error).__name__})"
        ) from error
    return [[(code, name, float(score)) for code, name, score in sample] for sample in decoded]
