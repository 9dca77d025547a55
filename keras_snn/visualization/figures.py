"""Draws training runs, accuracies, and the spikes of a sample."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from keras_snn.analysis.table import Table
from keras_snn.validation import require
from keras_snn.visualization.canvas import (
    OFF,
    ON,
    add_polarities,
    subplots,
    two_colors,
    use_integer_ticks,
)


def learning_curves(history: Any) -> Any:
    """Draws every metric of training and validation against the epoch, and marks the best epoch.

    The best epoch has the lowest validation loss or, without validation, the lowest loss. `seconds`
    and `learning_rate` are left out.

    Args:
        history: The result of `model.fit`, or its `history`.

    Returns:
        A matplotlib figure with one axis per metric.

    Raises:
        ValueError: If the history has no metric.

    Example:
        >>> history = {"loss": [2.0, 1.0], "val_loss": [2.5, 1.5]}
        >>> figure = keras_snn.visualization.learning_curves(history)
    """
    history = dict(getattr(history, "history", history))
    ignored = ("val_", "learning_rate", "seconds")
    metrics = [name for name in history if not name.startswith(ignored)]
    require(bool(metrics), "history", "have at least one metric", history=history)
    figure, axes = subplots(1, len(metrics), (5 * len(metrics), 3.4))
    for axis, metric in zip(axes[0], metrics, strict=True):
        _draw_metric(axis, history, metric)
    return figure


def _draw_metric(axis: Any, history: dict[str, Any], metric: str) -> None:
    names = {metric: ("training", OFF, "-o"), f"val_{metric}": ("validation", ON, "--s")}
    for name, (label, color, style) in names.items():
        if name in history:
            epochs = range(1, len(history[name]) + 1)
            axis.plot(epochs, history[name], style, markersize=3, color=color, label=label)
    losses = history.get("val_loss", history.get("loss"))
    if losses is not None and len(losses):
        best = int(np.argmin(losses)) + 1
        axis.axvline(best, color="0.4", linestyle=":", label=f"best epoch: {best}")
    axis.set(xlabel="epoch", ylabel=metric.replace("_", " "))
    use_integer_ticks(axis)
    axis.grid(alpha=0.3)
    axis.legend()


def frames_and_heat_maps(frames: Any, maps: Any, title: str = "") -> Any:
    """Draws the event frames of one sample and, below each, the heat map of a layer's firing.

    Args:
        frames: (time, height, width, 2), event counts. The first polarity, OFF, is drawn in blue,
            the second, ON, in vermilion.
        maps: (time, height, width) from 0 to 1, such as `analysis.heat_maps` returns.
        title: Title of the heat maps.

    Returns:
        A matplotlib figure with two rows, and one column per time step.

    Raises:
        ValueError: If the shapes do not fit.

    Example:
        >>> frames, maps = np.ones((4, 17, 17, 2)), np.random.rand(4, 17, 17)
        >>> figure = keras_snn.visualization.frames_and_heat_maps(frames, maps)
    """
    frames, maps = np.asarray(frames), np.asarray(maps)
    good = frames.ndim == 4 and frames.shape[-1] == 2
    rule = "have the axes (time, height, width, 2)"
    require(good, "frames", rule, shape=frames.shape)
    rule = f"have the axes (time, height, width), time {len(frames)}"
    require(maps.ndim == 3 and len(maps) == len(frames), "maps", rule, shape=maps.shape)
    figure, axes = subplots(2, len(frames), (1.5 * len(frames), 4.2))
    axes[1, len(frames) // 2].set_title(title, fontsize=10)
    add_polarities(figure)
    brightest = max(float(frames.max()), 1.0)
    for t in range(len(frames)):
        axes[0, t].imshow(two_colors(frames[t] / brightest))
        axes[0, t].set_title(f"step {t}", fontsize=9)
        image = axes[1, t].imshow(maps[t], cmap="cividis", vmin=0, vmax=1)
    for axis in axes.flat:
        axis.set(xticks=[], yticks=[])
    axes[0, 0].set_ylabel("events")
    axes[1, 0].set_ylabel("firing")
    figure.colorbar(image, ax=axes[1, :], label="firing, min-max per step")
    return figure


def rate_bars(rates: Mapping[str, float]) -> Any:
    """Draws the firing rates of layers as horizontal bars.

    Args:
        rates: Rates by the name of the layer, such as `analysis.firing_rates` returns.

    Returns:
        A matplotlib figure.

    Raises:
        ValueError: If there is no rate.

    Example:
        >>> keras_snn.visualization.rate_bars(keras_snn.analysis.firing_rates(model, data))
    """
    require(len(rates) > 0, "rates", "have at least one layer", rates=dict(rates))
    figure, axes = subplots(1, 1, (6, 0.8 + 0.28 * len(rates)))
    names, values = list(rates), [100 * rate for rate in rates.values()]
    axis = axes[0, 0]
    axis.barh(names, values, color=OFF)
    axis.invert_yaxis()
    axis.set(xlabel="firing rate in %")
    axis.grid(axis="x", alpha=0.3)
    return figure


def generalization_gap(gaps: Table) -> Any:
    """Draws training and test accuracy of each network, joined by a line: the gap.

    Args:
        gaps: The result of `analysis.generalization_gap`.

    Returns:
        A matplotlib figure.

    Example:
        >>> gaps = keras_snn.analysis.generalization_gap(model, data, data)
        >>> figure = keras_snn.visualization.generalization_gap(gaps)
    """
    figure, axes = subplots(1, 1, (6, 1.2 + 0.35 * len(gaps)))
    axis, names = axes[0, 0], list(gaps)
    seen, new = (
        [100 * value for value in gaps.column(f"{part} accuracy").values()]
        for part in ("training", "test")
    )
    axis.hlines(names, new, seen, color="0.6")
    axis.plot(seen, names, "o", color=OFF, label="training")
    axis.plot(new, names, "s", color=ON, label="test")
    axis.invert_yaxis()
    axis.margins(y=0.3)
    axis.set(xlabel="accuracy in %")
    axis.grid(axis="x", alpha=0.3)
    figure.legend(loc="outside upper center", ncols=2, frameon=False)
    return figure


def accuracy_over_time(accuracies: Mapping[int, float], reference: float | None = None) -> Any:
    """Draws the accuracy of a network after every number of time steps.

    Args:
        accuracies: Accuracies from 0 to 1 by the number of time steps, such as
            `conversion.accuracy_over_time` returns.
        reference: Accuracy of the original network, drawn as a line.

    Returns:
        A matplotlib figure.

    Raises:
        ValueError: If there is no accuracy.

    Example:
        >>> figure = keras_snn.visualization.accuracy_over_time({1: 0.3, 2: 0.7, 3: 0.9}, 0.95)
    """
    require(len(accuracies) > 0, "accuracies", "have at least one entry", accuracies={})
    figure, axes = subplots(1, 1, (6, 3.2))
    axis = axes[0, 0]
    shares = [100 * accuracy for accuracy in accuracies.values()]
    axis.plot(list(accuracies), shares, color=OFF, marker="o", ms=3, label="spiking network")
    if reference is not None:
        axis.axhline(100 * reference, color=ON, linestyle="--", label="network of ReLUs")
    axis.set(xlabel="time steps", ylabel="accuracy in %")
    axis.legend(loc="lower right", frameon=False)
    return figure
