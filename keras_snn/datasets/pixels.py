"""Computes the places of events in a frame: checks edges, shrinks, merges polarities."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from keras_snn import validation
from keras_snn.datasets.events import FIELDS, Columns, zero_based

Shape = tuple[int, ...]


class Axis(NamedTuple):
    """One axis of a frame.

    Args:
        field: Name of the field of the events.
        values: (events,), the caller's column.
        sensor: Number of places along this axis of the sensor.
        frame: Number of places along it in the frame; place v goes to v * frame // sensor.
    """

    field: str
    values: np.ndarray
    sensor: int
    frame: int


def frame_shape(
    sensor_size: Sequence[int], size: Sequence[int] | None = None, merge_polarities: bool = False
) -> Shape:
    """Returns the shape of a frame: (height, width, polarities) or (units,).

    Args:
        sensor_size: (height, width, polarities), (height, width) for 2 polarities, or (units,).
        size: (height, width) to shrink to, at most the size of the sensor; None keeps that.
        merge_polarities: Whether there is one channel for both polarities.

    Raises:
        ValueError: If a size is not as above, or the frame would be larger than the sensor.
    """
    rule = "be (height, width, polarities), (height, width) or (units,), integers of at least 1"
    validation.require(
        _are_sizes(sensor_size) and len(sensor_size) <= 3,
        "sensor_size",
        rule,
        sensor_size=sensor_size,
    )
    if len(sensor_size) == 1:
        validation.require(size is None, "size", "be None for a sensor without rows", size=size)
        return (int(sensor_size[0]),)
    height, width, polarities = (*sensor_size, 2)[:3]
    small = (height, width) if size is None else size
    fits = _are_sizes(small) and len(small) == 2 and small[0] <= height and small[1] <= width
    rule = "be (height, width), at most the sensor's"
    validation.require(fits, "size", rule, size=size, sensor_size=sensor_size)
    return int(small[0]), int(small[1]), 1 if merge_polarities else int(polarities)


def _are_sizes(sizes: object) -> bool:
    """Tells whether this is a tuple or list of integers of at least 1."""
    return (
        isinstance(sizes, (tuple, list))
        and len(sizes) > 0
        and all(isinstance(n, (int, np.integer)) and n >= 1 for n in sizes)
    )


def frame_axes(events: Columns, sensor_size: Sequence[int], shape: Shape) -> list[Axis]:
    """Returns the axes of a frame of this shape, in its order."""
    x = Axis("x", events.x, sensor_size[-1], shape[-1])
    if len(shape) == 1:
        return [x]
    height, width, polarities = (*sensor_size, 2)[:3]
    validation.require(events.y is not None, "events", FIELDS, sensor_size=sensor_size, y=None)
    y = np.asarray(events.y)
    axes = [Axis("y", y, height, shape[0]), x._replace(sensor=width, frame=shape[1])]
    if shape[2] < polarities:  # merged
        return axes
    if events.p is None:
        rule = FIELDS + ", or `merge_polarities`"
        validation.require(polarities == 1, "events", rule, sensor_size=sensor_size, p=None)
        return axes
    return [*axes, Axis("p", zero_based(events.p), polarities, polarities)]


def flat_places(slices: np.ndarray, axes: list[Axis], start: int) -> np.ndarray:
    """Returns the places (events,) of events in flattened frames, in the memory of `slices`.

    Args:
        slices: (events,), int64, the slices of the events from the number `start` on.
        axes: The axes of a frame.
        start: Number of the first event.

    Raises:
        ValueError: If an event lies outside the sensor. The message names the first one.
    """
    places, stop = slices, start + len(slices)
    for axis in axes:
        if not _lie_inside(axis, start, stop):
            _refuse_first(axes, start, stop)
        values = axis.values[start:stop].astype("int64")
        if axis.frame < axis.sensor:
            values *= axis.frame
            values //= axis.sensor
        places *= axis.frame
        places += values
    return places


def _lie_inside(axis: Axis, start: int, stop: int) -> bool:
    """Tells whether the events `start` to `stop` - 1 all lie on the sensor."""
    values = axis.values[start:stop]
    if values.dtype.kind == "f":
        return not _outside(axis, start, stop).any()
    return bool(values.min() >= 0 and values.max() < axis.sensor)


def _outside(axis: Axis, start: int, stop: int) -> np.ndarray:
    """Returns a mask of the events `start` to `stop` - 1 that do not lie on a sensor's pixel."""
    values = axis.values[start:stop]
    return ~((values >= 0) & (values < axis.sensor) & (values == np.floor(values)))


def _refuse_first(axes: list[Axis], start: int, stop: int) -> None:
    """Raises for the first of the events `start` to `stop` - 1 that lies outside the sensor."""

    def first_outside(axis: Axis) -> int:
        outside = _outside(axis, start, stop)
        return int(np.argmax(outside)) if outside.any() else stop

    axis = min(axes, key=first_outside)
    event = start + first_outside(axis)
    received = {axis.field: axis.values[event].item(), "event": event}
    rule = f"lie inside the sensor, {axis.field} from 0 to {axis.sensor - 1}"
    validation.require(False, "events", rule, **received)
