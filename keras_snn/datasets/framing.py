"""Event recordings, and the frames that they are cut into."""

import numpy as np

from keras_snn import validation
from keras_snn.extras import import_extra

# tonic counts in int16: no pixel can overflow in a part of this many events.
PART = np.iinfo("int16").max


def make_recording(x: np.ndarray, y: np.ndarray, t: np.ndarray, p: np.ndarray) -> np.ndarray:
    """Packs four columns into tonic's structured array of events.

    Args:
        x: (events,), column of the pixel.
        y: (events,), row of the pixel.
        t: (events,), time in microseconds.
        p: (events,), polarity.

    Returns:
        (events,), structured, with the fields `x`, `y`, `t`, `p` of tonic's own types.
    """
    return import_extra("tonic.io", "data").make_structured_array(x, y, t, p)


def to_frames(
    events: np.ndarray, sensor_size: tuple[int, int, int], time_steps: int, slice_by: str = "count"
) -> np.ndarray:
    """Counts the events of a recording per time slice, pixel and polarity.

    Every event is in one frame, the last one too. The caller's events are left as they are, in
    any order; a recording without events gives frames of zeros.

    Args:
        events: (events,), structured array with the fields `x`, `y`, `t`, `p`.
        sensor_size: (height, width, polarities).
        time_steps: Number of slices, at least 1.
        slice_by: `"count"` for slices of equally many events (to within one), `"time"` for
            slices of equal length between the first and the last event.

    Returns:
        (time_steps, height, width, polarities), int32.

    Raises:
        ValueError: If an argument is out of range, or an event lies outside the sensor.

    Source: `tonic.transforms.ToFrame`, which does the counting.
    Differs from the source: channels last; no event is lost at the end; counts above 32,767;
    empty recordings; events stay unmodified.
    """
    check_slicing(time_steps, slice_by)
    _check_inside(events, sensor_size)
    frames = np.zeros((time_steps, *sensor_size), dtype="int32")
    if len(events) == 0:
        return frames
    events = events[np.argsort(events["t"], kind="stable")]  # a copy: ours to change
    events["t"] = slice_indices(events["t"], time_steps, slice_by)
    height, width, polarities = sensor_size
    # With its slice in place of its time, a window of length 1 is exactly one slice.
    to_frame = import_extra("tonic.transforms", "data").ToFrame(
        sensor_size=(width, height, polarities), time_window=1, start_time=0, end_time=time_steps
    )
    for start in range(0, len(events), PART):
        part = to_frame(events[start : start + PART])  # (time, polarity, height, width)
        frames += part.transpose(0, 2, 3, 1)
    return frames


def check_slicing(time_steps: int, slice_by: str) -> None:
    """Refuses a number of slices below 1 and a way of slicing that does not exist."""
    validation.count("time_steps", time_steps)
    rule = 'be "count" or "time"'
    validation.require(slice_by in ("count", "time"), "slice_by", rule, slice_by=slice_by)


def slice_indices(t: np.ndarray, time_steps: int, slice_by: str) -> np.ndarray:
    """Slice of each event, 0 to time_steps - 1.

    Args:
        t: (events,), sorted times, not empty.
        time_steps: Number of slices.
        slice_by: `"count"` or `"time"`.

    Returns:
        (events,), int64, never falling.
    """
    if slice_by == "count":
        return np.arange(len(t)) * time_steps // len(t)
    # The last event is inside: a recording lasts until the end of its last microsecond.
    return (t - t[0]) * time_steps // (t[-1] - t[0] + 1)


def _check_inside(events: np.ndarray, sensor_size: tuple[int, int, int]) -> None:
    """Refuses what NumPy would wrap around: an event beyond the sensor's edges."""
    for field, size in zip("yxp", sensor_size, strict=True):
        rule = f"lie inside the sensor, {field} from 0 to {size - 1}"
        outside = (events[field] < 0) | (events[field] >= size)
        received = {field: int(events[field][outside][0])} if outside.any() else {}
        validation.require(not received, "events", rule, **received)
