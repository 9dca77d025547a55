"""The parts that all figures share: canvas, colors, and event frames as pictures."""

from typing import Any

import numpy as np

ON, OFF = "#D55E00", "#0072B2"
"""Vermilion and blue from the palette of Okabe and Ito, which color-blind people can tell apart."""

COLORS = (OFF, ON, "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
"""The palette of Okabe and Ito without its yellow, which is faint on white."""


def subplots(rows: int, columns: int, size: tuple[float, float], **options: Any) -> tuple[Any, Any]:
    """Makes a figure without a window, and its axes as a 2-D array."""
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise ImportError('Figures need matplotlib: pip install "keras-snn[plot]"') from error
    figure = Figure(figsize=size, layout="constrained")
    return figure, figure.subplots(rows, columns, squeeze=False, **options)


def two_colors(frame: np.ndarray) -> np.ndarray:
    """Draws (height, width, 2) from 0 to 1 on white, with polarities in blue and vermilion."""
    from matplotlib.colors import to_rgb

    strength = np.sqrt(frame)  # keeps single events visible beside busy pixels
    ink = [1 - np.array(to_rgb(color)) for color in (OFF, ON)]
    return np.clip(1 - strength[..., :1] * ink[0] - strength[..., 1:] * ink[1], 0, 1)


def add_polarities(figure: Any) -> None:
    """Adds a legend of the two colors of events above the figure."""
    from matplotlib.patches import Patch

    handles = [Patch(color=ON, label="ON events"), Patch(color=OFF, label="OFF events")]
    figure.legend(handles=handles, loc="outside upper center", ncols=2, frameon=False)


def use_integer_ticks(axis: Any) -> None:
    """Puts the ticks of a horizontal axis, of time steps or epochs, on integers."""
    from matplotlib.ticker import MaxNLocator

    axis.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
