"""Draws spikes: raster, membranes, similarity over time, spectral preference."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from keras_snn.validation import require
from keras_snn.visualization.canvas import OFF, ON, subplots, use_integer_ticks


def raster(spikes: Any, title: str = "") -> Any:
    """Draws every spike of one sample as a point: neuron against time step.

    Args:
        spikes: (time, ...), 0 or 1. All neurons are drawn on one axis, in their order in memory.
        title: Title of the picture.

    Returns:
        A matplotlib figure.

    Raises:
        ValueError: If there is no axis of neurons.

    Example:
        >>> figure = keras_snn.visualization.raster(np.random.rand(20, 50) > 0.9)
    """
    spikes = np.asarray(spikes)
    require(spikes.ndim > 1, "spikes", "have the axes (time, ...)", shape=spikes.shape)
    spikes = spikes.reshape(len(spikes), -1)
    steps, neurons = np.nonzero(spikes)
    figure, axes = subplots(1, 1, (6, 3.4))
    axis = axes[0, 0]
    axis.scatter(steps, neurons, marker="|", s=max(2.0, 2500 / spikes.shape[1]), color=OFF)
    axis.set(xlabel="time step", ylabel="neuron", title=title)
    axis.set(xlim=(-0.5, len(spikes) - 0.5), ylim=(-0.5, spikes.shape[1] - 0.5))
    use_integer_ticks(axis)
    return figure


def membrane_traces(traces: Any, neuron: tuple[int, ...], sample: int = 0) -> Any:
    """Draws the membrane potential of one neuron over time, its threshold, and its spikes.

    Args:
        traces: A value of `analysis.membrane_traces`.
        neuron: Index of the neuron in the axes after time, such as (row, column, channel).
        sample: Number of the sample in the batch.

    Returns:
        A matplotlib figure.

    Raises:
        ValueError: If the index does not name one neuron.

    Example:
        >>> traces = keras_snn.analysis.membrane_traces(model, x)
        >>> figure = keras_snn.visualization.membrane_traces(traces["block1_lif"], (3, 3, 0))
    """
    rule = f"have {traces.spikes.ndim - 2} indices"
    require(len(neuron) == traces.spikes.ndim - 2, "neuron", rule, neuron=neuron)
    at = (sample, slice(None), *neuron)
    charged, after, spikes = traces.charged[at], traces.membrane[at], traces.spikes[at]
    figure, axes = subplots(1, 1, (6, 3))
    axis, steps = axes[0, 0], np.arange(len(charged))
    axis.plot(steps, charged, "-o", ms=3, color=OFF, label="before reset")
    axis.plot(steps, after, "--s", ms=3, color="0.45", label="after reset")
    axis.axhline(traces.threshold, color="0.2", ls=":", label="threshold")
    axis.plot(steps[spikes > 0], charged[spikes > 0], "^", ms=8, color=ON, label="spike")
    axis.set(xlabel="time step", ylabel="membrane potential")
    use_integer_ticks(axis)
    figure.legend(loc="outside upper center", ncols=4, frameon=False)
    return figure


def time_similarity(similarities: Mapping[str, Any]) -> Any:
    """Draws the similarity of spikes between time steps, one matrix per layer.

    Args:
        similarities: Matrices (time, time) by the path of the layer, such as
            `analysis.time_similarity` returns. NaN stays white.

    Returns:
        A matplotlib figure.

    Raises:
        ValueError: If there is no layer.

    Example:
        >>> figure = keras_snn.visualization.time_similarity({"lif": np.eye(4)})
    """
    require(len(similarities) > 0, "similarities", "have at least one layer", similarities={})
    columns = min(len(similarities), 4)
    rows = -(-len(similarities) // columns)
    figure, axes = subplots(rows, columns, (1 + 2.3 * columns, 2.6 * rows))
    for axis, (path, matrix) in zip(axes.flat, similarities.items(), strict=False):
        image = axis.imshow(matrix, cmap="cividis", vmin=0, vmax=1)
        axis.set_title(path, fontsize=9)
        use_integer_ticks(axis)
    for axis in axes.flat[len(similarities) :]:
        axis.remove()
    figure.supxlabel("time step")
    figure.supylabel("time step")
    figure.colorbar(image, ax=figure.axes, label="cosine similarity")
    return figure


def spectral_preference(table: Any) -> Any:
    """Draws the spectral preference of layers, beside the one on transposed inputs.

    Args:
        table: The result of `analysis.spectral_preference`.

    Returns:
        A matplotlib figure: horizontal frequencies to the left of 0, vertical ones to the right.

    Example:
        >>> table = keras_snn.analysis.spectral_preference(model, data)
        >>> figure = keras_snn.visualization.spectral_preference(table)
    """
    figure, axes = subplots(1, 1, (6, 1.4 + 0.34 * len(table)))
    axis, places = axes[0, 0], np.arange(len(table))
    shown = (("preference", "inputs", OFF, "o"), ("transposed", "transposed inputs", ON, "s"))
    for column, label, color, marker in shown:
        values = [np.nan if v is None else v for v in table.column(column).values()]
        axis.plot(values, places, marker, color=color, label=label)
    axis.axvline(0, color="0.4", linewidth=0.8)
    axis.set(xlabel="horizontal \u2190 spectral preference \u2192 vertical", xlim=(-1.05, 1.05))
    axis.set_yticks(places, list(table))
    axis.invert_yaxis()
    axis.grid(alpha=0.3)
    figure.legend(loc="outside upper center", ncols=2, frameon=False)
    return figure
