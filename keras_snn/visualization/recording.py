"""Draws the events of a recording in slices of time, as a figure or as an animation."""

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from keras_snn import validation
from keras_snn.extras import import_extra
from keras_snn.visualization.canvas import add_polarities, subplots, two_colors

if TYPE_CHECKING:  # `keras_snn.datasets` needs an extra and is imported only when it is used
    from keras_snn.datasets.events import Events

COLUMNS = 4  # slices per row of the figure
SHORTER_SIDE = 240  # least number of pixels in an animation


def show_recording(
    events: "Events",
    size: Sequence[int],
    time_steps: int = 8,
    *,
    time_unit: str | None = None,
) -> Any:
    """Draws the events of a recording in slices of equal duration.

    ON events are vermilion and OFF events are blue, which color-blind people can tell apart. A
    stronger color means more events, and a pixel with events of both polarities is dark. The title
    of each slice is its time in milliseconds after the first event.

    Args:
        events: A recording, as `to_frames` takes it, in the order of time.
        size: (height, width) of the sensor.
        time_steps: Number of slices, at least 1.
        time_unit: Unit of the times, as in `to_frames`.

    Returns:
        A matplotlib figure.

    Raises:
        ValueError: If `to_frames` refuses the recording, or if it has no event.

    Example:
        >>> events = {"x": [4, 4, 0], "y": [2, 2, 1], "t": [0, 10, 99], "p": [1, 1, 0]}
        >>> figure = keras_snn.visualization.show_recording(events, (3, 5), 2)
    """
    pictures = _pictures(events, size, time_steps, time_unit)
    rows, across = -(-time_steps // COLUMNS), min(time_steps, COLUMNS)
    height = 0.5 + rows * (0.4 + 2.2 * pictures.shape[1] / pictures.shape[2])
    figure, axes = subplots(rows, across, (2.2 * across, height))
    add_polarities(figure)
    times = _borders(events, time_steps, time_unit)
    for axis in axes.flat:
        axis.set_axis_off()
    for t, (axis, picture) in enumerate(zip(axes.flat, pictures, strict=False)):
        axis.set_axis_on()
        axis.imshow(picture, interpolation="nearest")
        axis.set(xticks=[], yticks=[])
        axis.set_title(f"{times[t]:.4g} to {times[t + 1]:.4g} ms", fontsize=8)
    return figure


def save_animation(
    events: "Events",
    size: Sequence[int],
    path: str | os.PathLike,
    time_steps: int = 30,
    *,
    seconds: float = 3.0,
    time_unit: str | None = None,
) -> None:
    """Writes the events of a recording as an animated GIF that repeats forever.

    Colors are those of `show_recording`. Pictures of a small sensor are enlarged by an integer.

    Args:
        events: A recording, as `to_frames` takes it, in the order of time.
        size: (height, width) of the sensor.
        path: The file to write, with the suffix `.gif`.
        time_steps: Number of pictures, at least 1; all cover the same duration of the recording.
        seconds: Duration of the animation, at least 0.02 per picture.
        time_unit: Unit of the times, as in `to_frames`.

    Raises:
        ValueError: If `to_frames` refuses the recording, if it has no event, or if `path` or
            `seconds` does not fit.

    Example:
        >>> events, size = keras_snn.datasets.read_events("recording.aedat4")
        >>> keras_snn.visualization.save_animation(events, size, "recording.gif")
    """
    image = import_extra("PIL.Image", "plot")
    path = os.fspath(path)
    validation.require(path.lower().endswith(".gif"), "path", "end in .gif", path=path)
    time_steps = validation.count("time_steps", time_steps)
    seconds = validation.real("seconds", seconds, at_least=0.02 * time_steps)
    pictures = _pictures(events, size, time_steps, time_unit)
    enlarged = -(-SHORTER_SIDE // min(pictures.shape[1:3]))
    pixels = np.rint(255 * pictures).astype("uint8")
    pixels = pixels.repeat(enlarged, axis=1).repeat(enlarged, axis=2)
    first, *others = (image.fromarray(picture) for picture in pixels)
    duration = 1000 * seconds / time_steps
    first.save(path, save_all=True, append_images=others, duration=duration, loop=0)


def _pictures(
    events: "Events", size: Sequence[int], time_steps: int, time_unit: str | None
) -> np.ndarray:
    """Returns (time, height, width, RGB) from 0 to 1, scaled by the busiest pixels."""
    from keras_snn.datasets import to_frames

    frames = to_frames(events, size, time_steps, "time", time_unit=time_unit)
    validation.require(bool(frames.any()), "events", "have at least one event", events=0)
    brightest = np.quantile(frames[frames > 0], 0.99)  # not the maximum: a few pixels may flicker
    return np.stack([two_colors(np.minimum(frame / brightest, 1)) for frame in frames])


def _borders(events: "Events", time_steps: int, time_unit: str | None) -> np.ndarray:
    """Returns (time + 1,) the borders of slices, in milliseconds after the first event."""
    from keras_snn.datasets.events import columns, microseconds

    t = microseconds(columns(events).t, time_unit)
    length = int(t[-1] - t[0]) // time_steps
    return np.append(np.arange(time_steps) * length, t[-1] - t[0]) / 1000
