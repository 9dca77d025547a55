"""Draws the pictures of the concept pages from the outputs of the library's layers."""

import io
from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np
from matplotlib.figure import Figure

import keras_snn

BLUE, ORANGE, GREEN, GRAY = "#0072B2", "#D55E00", "#009E73", "#808080"
STYLES = ((BLUE, "-"), (ORANGE, "--"), (GREEN, "-."), (GRAY, ":"))


def draw(name: str) -> bytes:
    """Draws the picture `name` as SVG."""
    file = io.BytesIO()
    PICTURES[name]().savefig(file, format="svg", facecolor="white", metadata={"Date": None})
    return file.getvalue()


def step(cell: keras.layers.Layer, currents: Sequence[float]) -> tuple[np.ndarray, np.ndarray]:
    """Returns the membrane and the spikes of one neuron at every time step."""
    states: list[Any] = [keras.ops.full((1, 1), cell.get_initial_state(1)[0][0, 0])]
    membranes, spikes = [], []
    for current in currents:
        fired, states = cell(keras.ops.full((1, 1), current), states)
        membranes.append(float(states[0][0, 0]))
        spikes.append(float(fired[0, 0]))
    return np.array(membranes), np.array(spikes)


def _axes(ylabel: str, xlabel: str = "time step") -> tuple[Figure, Any]:
    figure = Figure(figsize=(7, 3), layout="constrained")
    axes = figure.subplots()
    axes.set(xlabel=xlabel, ylabel=ylabel)
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes


def membrane() -> Figure:
    """Draws one LIF neuron with a current that is switched on and off."""
    currents = np.where((np.arange(40) >= 5) & (np.arange(40) < 30), 1.5, 0.0)
    v, spikes = step(keras_snn.layers.LIFCell(1, tau=4.0), currents)
    figure, axes = _axes("membrane potential")
    axes.plot(v, color=BLUE, label="membrane after the step")
    axes.axhline(1.0, color=GRAY, linestyle=":", label="threshold")
    axes.plot(
        np.flatnonzero(spikes),
        np.full(int(spikes.sum()), 1.08),
        "|",
        ms=12,
        color=ORANGE,
        label="spike",
    )
    axes.axvspan(5, 29, color=GREEN, alpha=0.12, label="input current 1.5")
    axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False)
    return figure


def resets() -> Figure:
    """Draws the same current with the hard and with the soft reset."""
    currents = np.full(25, 0.45)
    figure, axes = _axes("membrane potential")
    kinds = (("hard reset, v_reset=0.0", 0.0), ("soft reset, v_reset=None", None))
    for (label, v_reset), (color, line) in zip(kinds, STYLES, strict=False):
        cell = keras_snn.layers.LIFCell(1, tau=8.0, decay_input=False, v_reset=v_reset)
        axes.plot(
            step(cell, currents)[0], color=color, linestyle=line, marker="o", ms=3, label=label
        )
    axes.axhline(1.0, color=GRAY, linestyle=":", label="threshold")
    axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False)
    return figure


def leaks() -> Figure:
    """Draws the membrane after a single input, for several time constants."""
    currents = np.zeros(20)
    currents[2] = 0.9
    figure, axes = _axes("membrane potential")
    for tau, (color, line) in zip((1.25, 2.0, 5.0, 20.0), STYLES, strict=True):
        cell = keras_snn.layers.LIFCell(1, tau=tau, decay_input=False)
        axes.plot(step(cell, currents)[0], color=color, linestyle=line, label=f"tau = {tau:g}")
    axes.legend(frameon=False)
    return figure


def surrogates() -> Figure:
    """Draws the derivatives that replace that of the step function."""
    u = np.linspace(-1.5, 1.5, 301, dtype="float32")
    figure, axes = _axes("surrogate derivative", "membrane minus threshold")
    names = ("atan", "sigmoid", "rectangular", "triangular")
    for name, (color, line) in zip(names, STYLES, strict=True):
        slope = keras_snn.surrogates.get(name).derivative(keras.ops.convert_to_tensor(u))
        axes.plot(u, np.asarray(slope), color=color, linestyle=line, label=name)
    axes.legend(frameon=False)
    return figure


PICTURES: dict[str, Callable[[], Figure]] = {
    "membrane": membrane,
    "resets": resets,
    "leaks": leaks,
    "surrogates": surrogates,
}
