"""Draws attention: the weights of one sample, and the importance of SMA's scales."""

from typing import Any

import numpy as np

from keras_snn.validation import choice, require
from keras_snn.visualization.canvas import COLORS, subplots, use_integer_ticks


def attention_weights(scores: tuple[Any, ...], sample: int = 0, title: str = "") -> Any:
    """Draws the attention weights of one sample, each array as a heat map.

    Args:
        scores: The arrays of one layer: a value of `analysis.attention_weights`. Channel weights
            (batch, scales, time, channels) are drawn as their mean over channels.
        sample: Number of the sample in the batch.
        title: Title of the figure, such as the path of the layer.

    Returns:
        A matplotlib figure with one picture per array.

    Raises:
        ValueError: If there is no array.

    Example:
        >>> weights = np.random.rand(2, 4, 8)
        >>> figure = keras_snn.visualization.attention_weights((weights,), title="block2_sma")
    """
    require(len(scores) > 0, "scores", "have at least one array", scores=scores)
    figure, axes = subplots(1, len(scores), (4.6 * len(scores), 2.8))
    figure.suptitle(title)
    for axis, array in zip(axes[0], scores, strict=True):
        values, labels = _as_picture(np.asarray(array)[sample])
        image = axis.imshow(values, cmap="cividis", aspect="auto")
        axis.set(**labels)
        figure.colorbar(image, ax=axis, label="weight")
    return figure


def _as_picture(weights: np.ndarray) -> tuple[np.ndarray, dict[str, str]]:
    """Returns the weights of one sample as a matrix, and the labels of its axes."""
    if weights.ndim == 1:
        return weights[None], {"xlabel": "time step", "ylabel": "", "title": "time"}
    if weights.ndim == 2:
        return weights, {"xlabel": "time step", "ylabel": "scale", "title": "time"}
    if weights.shape[-1] == 1:
        return weights[..., 0], {"xlabel": "column", "ylabel": "row", "title": "space"}
    return weights.mean(-1), {"xlabel": "time step", "ylabel": "scale", "title": "channel (mean)"}


def scale_importance(importance: Any, layer: str, class_names: Any = None) -> Any:
    """Draws the time weight of each scale of an SMA layer over time, one picture per class.

    Args:
        importance: The result of `analysis.scale_importance`.
        layer: Path of the layer, one of `importance.time`.
        class_names: Names of the classes by label. Default: the labels.

    Returns:
        A matplotlib figure.

    Raises:
        ValueError: If there is no such layer.

    Example:
        >>> importance = keras_snn.analysis.scale_importance(model, data)
        >>> figure = keras_snn.visualization.scale_importance(importance, "block2_sma")
    """
    weights = importance.time[choice("layer", layer, importance.time)]
    rows = -(-len(weights) // 5)
    columns = min(len(weights), 5)
    size = (1.2 + 2.2 * columns, 0.8 + 2.0 * rows)
    figure, axes = subplots(rows, columns, size, sharex=True, sharey=True)
    figure.suptitle(f"time weights of {layer}")
    for axis, label, each in zip(axes.flat, importance.classes, weights, strict=False):
        for n, scale in enumerate(each):
            axis.plot(scale, "-o", ms=3, color=COLORS[n % len(COLORS)], label=f"scale {n}")
        name = label if class_names is None or label is None else class_names[label]
        axis.set_title("all samples" if name is None else f"class {name}", fontsize=9)
        axis.grid(alpha=0.3)
        use_integer_ticks(axis)
    for axis in axes.flat[len(weights) :]:
        axis.remove()
    figure.supxlabel("time step")
    figure.supylabel("weight")
    figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside right upper", frameon=False)
    return figure
