"""Standardizes images before a network, and names classes after it."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from keras_snn.applications.pretrained import list_weights
from keras_snn.validation import choice, count, require

STATISTICS = {
    "imagenet": ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
    "cifar10": ((0.4914, 0.4822, 0.4465), (0.2023, 0.1994, 0.2010)),
    "cifar100": ((0.5071, 0.4867, 0.4408), (0.2675, 0.2565, 0.2761)),
}
"""Mean and standard deviation of each channel, for pixels from 0 to 1: the papers' values."""

IMAGENET_CLASSES = 1000


def preprocess_input(x: Any, data_format: str | None = None, dataset: str = "imagenet") -> Any:
    """Standardizes RGB pixels from 0 to 255: (x / 255 - mean) / deviation.

    Args:
        x: Images or frames (..., height, width, 3), an array or a tensor; it is not changed.
        data_format: None or "channels_last".
        dataset: "imagenet", "cifar10" or "cifar100", whose mean and deviation are used.

    Raises:
        ValueError: If the data set is unknown, if `x` has another number of channels, or if
            `data_format` is channels first.

    Example:
        >>> pixels = np.random.randint(0, 256, (2, 32, 32, 3))
        >>> preprocess_input = keras_snn.applications.spiking_resnet.preprocess_input
        >>> images = preprocess_input(pixels, dataset="cifar10")
    """
    _require_channels_last(data_format)
    shape = tuple(x.shape)
    good = len(shape) >= 3 and shape[-1] == 3
    require(good, "x", "have the axes (..., height, width, 3)", shape=shape)
    mean, deviation = np.asarray(STATISTICS[choice("dataset", dataset, STATISTICS)])
    scale, shift = 1.0 / (255.0 * deviation), -mean / deviation
    dtype = keras.config.floatx()
    return _as_float(x) * scale.astype(dtype) + shift.astype(dtype)


def event_counts(x: Any, data_format: str | None = None) -> Any:
    """Casts event counts to floats and changes nothing else, as VGG8 takes counts.

    Args:
        x: Frames (..., time, height, width, 2), an array or a tensor.
        data_format: None or "channels_last".

    Example:
        >>> frames = keras_snn.applications.vgg.preprocess_input(np.ones((10, 34, 34, 2), int))
    """
    _require_channels_last(data_format)
    return _as_float(x)


def _as_float(x: Any) -> Any:
    """Casts x to Keras's default float type."""
    if isinstance(x, np.ndarray):
        return x.astype(keras.config.floatx())
    return keras.ops.cast(x, keras.config.floatx())


def _require_channels_last(data_format: str | None) -> None:
    good = data_format in (None, "channels_last")
    require(good, "data_format", 'be None or "channels_last"', data_format=data_format)


def decode_predictions(
    preds: Any, top: int = 5, class_names: str | Sequence[Any] | None = None
) -> list[list[tuple[Any, str, float]]]:
    """Lists the best classes of every sample.

    Args:
        preds: Class scores (batch, classes).
        top: Number of classes to list.
        class_names: Names of the classes, or a name from `list_weights()`, whose classes are used.
            With None, 1000 classes get the names of ImageNet, from a list that Keras downloads
            once; other classes get numbers.

    Returns:
        For every sample, a list of (class, name, score), best first.

    Raises:
        ValueError: If the scores have another rank, or if there are more or fewer names than
            classes.

    Example:
        >>> scores = np.array([[0.1, 0.7, 0.2]])
        >>> decode = keras_snn.applications.vgg.decode_predictions
        >>> decode(scores, top=2, class_names=["left", "right", "wave"])
        [[(1, 'right', 0.7), (2, 'wave', 0.2)]]
    """
    preds = np.asarray(preds)
    require(preds.ndim == 2, "preds", "have the axes (batch, classes)", shape=preds.shape)
    top = min(count("top", top), preds.shape[1])
    if class_names is None and preds.shape[1] == IMAGENET_CLASSES:
        return _decode_imagenet(preds, top)
    names = _names(class_names, preds.shape[1])
    best = np.argsort(-preds, axis=1, kind="stable")[:, :top]
    return [
        [(int(i), names[i], float(scores[i])) for i in order]
        for scores, order in zip(preds, best, strict=True)
    ]


def _names(class_names: str | Sequence[Any] | None, classes: int) -> list[str]:
    if isinstance(class_names, str):
        known = list_weights()
        class_names = known[choice("class_names", class_names, known)].class_names
    names = [str(name) for name in (range(classes) if class_names is None else class_names)]
    rule = f"hold one name for each of {classes} classes"
    require(len(names) == classes, "class_names", rule, length=len(names))
    return names


def _decode_imagenet(preds: np.ndarray, top: int) -> list[list[tuple[Any, str, float]]]:
    try:
        decoded = keras.applications.imagenet_utils.decode_predictions(preds, top=top)
    except Exception as error:  # whatever the download below Keras raises
        raise ValueError(
            "`class_names` must be given where Keras cannot download ImageNet's. "
            f"Received: class_names=None ({type(error).__name__})"
        ) from error
    return [[(code, name, float(score)) for code, name, score in sample] for sample in decoded]
