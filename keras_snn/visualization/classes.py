"""Draws samples and classes: a gallery and a confusion matrix."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from keras_snn.validation import require
from keras_snn.visualization.canvas import add_polarities, subplots, two_colors

MAX_COUNTED, MAX_NAMED = 25, 50
"""Classes of a confusion matrix up to which it grows and has numbers, and has all names."""


def gallery(
    frames: Any,
    labels: Any = None,
    predictions: Any = None,
    class_names: Sequence[str] | None = None,
    columns: int = 6,
) -> Any:
    """Draws samples in a grid, each with its class and, if given, the predicted class.

    Args:
        frames: Event frames (samples, time, height, width, 2), which are summed over time, or
            images (samples, height, width, 1 or 3) of any range.
        labels: Classes (samples,), integers.
        predictions: Predicted classes (samples,), integers. Wrong ones are marked with a cross.
        class_names: Names of the classes by label. Default: the labels.
        columns: Number of pictures in a row.

    Returns:
        A matplotlib figure.

    Raises:
        ValueError: If the axes do not fit.

    Example:
        >>> figure = keras_snn.visualization.gallery(np.random.rand(3, 4, 8, 8, 2), [0, 1, 2])
    """
    frames = np.asarray(frames, "float64")
    events = frames.ndim == 5 and frames.shape[-1] == 2
    good = events or (frames.ndim == 4 and frames.shape[-1] in (1, 3))
    rule = "have the axes (samples, time, height, width, 2) or (samples, height, width, 1 or 3)"
    require(good and len(frames) > 0, "frames", rule, shape=frames.shape)
    columns = min(columns, len(frames))
    rows = -(-len(frames) // columns)
    figure, axes = subplots(rows, columns, (1.5 * columns, 0.4 + 1.7 * rows))
    for n, axis in enumerate(axes.flat):
        axis.set_axis_off()
        if n < len(frames):
            axis.imshow(_picture(frames[n]), cmap="gray")
            axis.set_title(_title(n, labels, predictions, class_names), fontsize=8)
    if events:
        add_polarities(figure)
    return figure


def _picture(sample: np.ndarray) -> np.ndarray:
    """Returns event frames in two colors, or an image scaled to 0 .. 1."""
    if sample.ndim == 4:
        summed = sample.sum(0)
        return two_colors(summed / max(float(summed.max()), 1e-9))
    low, high = sample.min(), sample.max()
    scaled = (sample - low) / max(float(high - low), 1e-9)
    return scaled[..., 0] if sample.shape[-1] == 1 else scaled


def _title(n: int, labels: Any, predictions: Any, names: Sequence[str] | None) -> str:
    def name(label: Any) -> str:
        return str(int(label)) if names is None else str(names[int(label)])

    shown = "" if labels is None else name(labels[n])
    if predictions is None:
        return shown
    mark = "" if labels is None or labels[n] == predictions[n] else " \u2717"
    return f"{shown}\npredicted {name(predictions[n])}{mark}"


def confusion_matrix(
    labels: Any, predictions: Any, class_names: Sequence[str] | None = None
) -> Any:
    """Draws how many samples of each class were predicted as each class.

    Args:
        labels: True classes (samples,), integers.
        predictions: Predicted classes (samples,), integers.
        class_names: Names of the classes by label. Default: the labels.

    Returns:
        A matplotlib figure: numbers are counts, colors are shares of the true class in %.

    Raises:
        ValueError: If the two have different lengths, or none.

    Example:
        >>> figure = keras_snn.visualization.confusion_matrix([0, 0, 1], [0, 1, 1])
    """
    labels, predictions = np.asarray(labels).astype(int), np.asarray(predictions).astype(int)
    good = labels.ndim == 1 and labels.shape == predictions.shape and labels.size > 0
    require(
        good, "predictions", f"have the shape of labels, {labels.shape}", shape=predictions.shape
    )
    classes = max(len(class_names or ()), int(max(labels.max(), predictions.max())) + 1)
    counts = np.zeros((classes, classes), int)
    np.add.at(counts, (labels, predictions), 1)
    shares = 100 * counts / np.maximum(counts.sum(1, keepdims=True), 1)
    names = [str(n) for n in range(classes)] if class_names is None else list(class_names)
    side = 2.2 + 0.42 * min(classes, MAX_COUNTED)
    figure, axes = subplots(1, 1, (side + 0.8, side))
    axis = axes[0, 0]
    image = axis.imshow(shares, cmap="cividis", vmin=0, vmax=100)
    axis.set(xlabel="predicted class", ylabel="true class")
    _name_classes(axis, names)
    if classes <= MAX_COUNTED:
        _write_counts(axis, counts, shares)
    figure.colorbar(image, ax=axis, label="share of the true class in %")
    return figure


def _name_classes(axis: Any, names: Sequence[str]) -> None:
    """Names every class at both axes, or every n-th of more than `MAX_NAMED`."""
    shown = range(0, len(names), -(-len(names) // MAX_NAMED))
    texts = [names[place] for place in shown]
    style = {} if len(names) <= MAX_COUNTED else {"fontsize": 8}
    axis.set_xticks(shown, texts, rotation=0 if max(map(len, texts)) < 3 else 90, **style)
    axis.set_yticks(shown, texts, **style)


def _write_counts(axis: Any, counts: np.ndarray, shares: np.ndarray) -> None:
    for row, column in zip(*np.nonzero(counts), strict=True):
        color = "black" if shares[row, column] > 60 else "white"
        style = {"ha": "center", "va": "center", "fontsize": 8, "color": color}
        axis.text(column, row, str(counts[row, column]), **style)
