"""Cuts frames: counts of a recording's events per time slice, pixel and polarity."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from keras_snn import validation
from keras_snn.datasets.events import Columns, Events, columns, microseconds
from keras_snn.datasets.pixels import flat_places, frame_axes, frame_shape

SLICINGS = ("count", "time", "duration")
EVENTS_PER_CHUNK = 2**16  # few enough for the arrays of a chunk to stay in the processor's cache
EXACT_IN_FLOAT32 = 2**24  # float32 holds every integer up to this one


def to_frames(
    events: Events,
    sensor_size: Sequence[int],
    time_steps: int | None = None,
    slice_by: str = "count",
    *,
    duration: int | None = None,
    size: Sequence[int] | None = None,
    merge_polarities: bool = False,
    time_unit: str | None = None,
) -> np.ndarray:
    """Counts the events of a recording per time slice, pixel and polarity.

    Events are numbered k = 0 to N - 1 in the order of the recording. Event k has the time t[k] and
    goes to one of T slices:

        "count"     slice(k) = min(k // (N // T), T - 1)
        "time"      slice(k) = min((t[k] - t[0]) // dt, T - 1)    with dt = (t[N-1] - t[0]) // T
        "duration"  slice(k) = (t[k] - t[0]) // duration          with T = largest slice + 1

    The last slice takes the remainder of a division. If N < T, all events go to the last slice; if
    dt = 0, all go to the first. Every event is counted once, and the caller's events are not
    changed. A recording without events gives empty frames.

    Args:
        events: Structured array, dictionary of columns, or array (events, 4) of x, y, t, p. Usual
            spellings of the fields are understood, for example ts, timestamp, pol and on.
            Polarities are booleans, 0 and 1, or -1 and 1. Times are integers in microseconds, or
            numbers in `time_unit`.
        sensor_size: (height, width, polarities), or (height, width) for 2 polarities, or (units,)
            for a sensor without rows, whose polarities are merged.
        time_steps: Number of slices T, at least 1. None for `slice_by="duration"`.
        slice_by: `"count"`, `"time"` or `"duration"`.
        duration: Microseconds per slice, for `slice_by="duration"` only.
        size: (height, width) of the frames, at most the size of the sensor. Row y of the sensor is
            then counted in row y * size[0] // height, and columns likewise. None keeps the sensor's
            size.
        merge_polarities: Whether one channel counts the events of both polarities.
        time_unit: Unit of the times, `"us"`, `"ms"`, `"s"` or `"ns"`. None takes integers as
            microseconds. Floating-point times need a unit, except for `slice_by="count"`.

    Returns:
        (time, height, width, polarities) or (time, units), float32.

    Raises:
        ValueError: If an argument is out of range, an event lies outside the sensor, or slices
            depend on times and an event is earlier than the first one.

    Example:
        >>> events = {"x": [4, 4, 0], "y": [2, 2, 1], "t": [0, 10, 99], "p": [1, 1, 0]}
        >>> to_frames(events, (3, 5), 2, "time").sum(axis=(1, 2, 3)).tolist()
        [2.0, 1.0]

    Source: SMA, arXiv 2405.13672, whose authors cut frames with SpikingJelly.
    Differs from the source: the channels are the last axis; a slice without events gives an empty
    frame.
    """
    check_slicing(time_steps, slice_by, duration)
    rule = "be True or False"
    switch = {"merge_polarities": merge_polarities}
    validation.require(isinstance(merge_polarities, bool), "merge_polarities", rule, **switch)
    shape = frame_shape(sensor_size, size, merge_polarities)
    recording = columns(events)
    slices = _slices(recording, time_steps, slice_by, duration, time_unit)
    axes = frame_axes(recording, sensor_size, shape)
    total = len(recording.x)
    exact = "float32" if total <= EXACT_IN_FLOAT32 else "float64"
    counts = np.zeros((slices.number, *shape), exact)
    for start in range(0, total, EVENTS_PER_CHUNK):
        stop = min(start + EVENTS_PER_CHUNK, total)
        places = flat_places(slices.of(start, stop), axes, start)
        np.add.at(counts.reshape(-1), places, counts.dtype.type(1))
    return counts.astype("float32", copy=False)


def check_slicing(time_steps: Any, slice_by: Any, duration: Any = None) -> None:
    """Refuses an unknown `slice_by`, a missing or bad number for it, and one it does not take."""
    validation.choice("slice_by", slice_by, SLICINGS)
    needed, absent = {"time_steps": time_steps}, {"duration": duration}
    if slice_by == "duration":
        needed, absent = absent, needed
    for name, value in needed.items():
        validation.count(name, value)
    for name, value in absent.items():
        rule = f"be None where slice_by={slice_by!r}"
        validation.require(value is None, name, rule, **{name: value})


class Slices(NamedTuple):
    """The slices of a recording.

    Args:
        number: Number of slices.
        of: Function of `start` and `stop` that returns the slices of these events.
    """

    number: int
    of: Callable[[int, int], np.ndarray]


def _slices(
    recording: Columns,
    time_steps: int | None,
    slice_by: str,
    duration: int | None,
    time_unit: str | None,
) -> Slices:
    """Returns the slices of a recording, for arguments that `check_slicing` accepts."""
    if slice_by == "count":
        return _slices_by_count(len(recording.x), time_steps or 1)
    t = microseconds(recording.t, time_unit)
    _check_order(t)
    if len(t) == 0:
        return Slices(time_steps or 0, lambda start, stop: np.zeros(0, "int64"))
    last = int(t.max() - t[0]) // duration if duration else (time_steps or 1) - 1
    length = duration or int(t[-1] - t[0]) // (last + 1)
    if length == 0:
        last, length = 0, 1
    number = time_steps or last + 1
    return Slices(number, lambda start, stop: np.minimum((t[start:stop] - t[0]) // length, last))


def _slices_by_count(events: int, time_steps: int) -> Slices:
    share, last = events // time_steps, time_steps - 1
    if share == 0:
        return Slices(time_steps, lambda start, stop: np.full(stop - start, last))
    return Slices(time_steps, lambda start, stop: np.minimum(np.arange(start, stop) // share, last))


def _check_order(t: np.ndarray) -> None:
    """Refuses times before that of the first event, which would belong to no slice."""
    early = t < t[:1]
    first = int(np.argmax(early)) if early.any() else None
    received = {} if first is None else {"t": int(t[first]), "event": first, "start": int(t[0])}
    rule = "not be earlier than the first one where slices depend on times (sort them by t)"
    validation.require(not received, "events", rule, **received)
