"""Frames: every event in one of them, and nothing of the caller's changed."""

import numpy as np
import pytest
import tonic.io

from keras_snn.datasets.framing import make_recording, to_frames

SENSOR = (3, 5, 2)  # (height, width, polarities)


def random_recording(events, seed=0):
    rng = np.random.default_rng(seed)
    height, width, polarities = SENSOR
    return make_recording(
        rng.integers(width, size=events),
        rng.integers(height, size=events),
        np.sort(rng.integers(10_000, size=events) ** 2),
        rng.integers(polarities, size=events),
    )


def test_recording_is_tonics_own_type():
    assert random_recording(4).dtype == tonic.io.events_struct


def test_event_is_counted_at_its_slice_row_column_and_polarity():
    events = make_recording([4, 4, 0], [2, 2, 1], [0, 10, 100], [1, 1, 0])
    frames = to_frames(events, SENSOR, 2, "time")
    expected = np.zeros((2, 3, 5, 2))
    expected[0, 2, 4, 1] = 2
    expected[1, 1, 0, 0] = 1
    assert frames.dtype == np.int32
    assert np.array_equal(frames, expected)


def test_slices_by_time_are_equally_long_and_slices_by_count_equally_full():
    t = np.array([0, 1, 2, 3, 4, 5, 6, 99])
    zeros = np.zeros_like(t)
    events = make_recording(zeros, zeros, t, zeros)
    assert to_frames(events, SENSOR, 4, "time").sum((1, 2, 3)).tolist() == [7, 0, 0, 1]
    assert to_frames(events, SENSOR, 4, "count").sum((1, 2, 3)).tolist() == [2, 2, 2, 2]


def test_slices_by_count_differ_by_one_event_at_most():
    counts = to_frames(random_recording(23), SENSOR, 5, "count").sum((1, 2, 3))
    assert sorted(counts) == [4, 4, 5, 5, 5]


@pytest.mark.parametrize("slice_by", ["count", "time"])
@pytest.mark.parametrize("events", [1, 2, 7, 1000])
@pytest.mark.parametrize("time_steps", [1, 3, 8])
def test_no_event_is_lost(slice_by, events, time_steps):
    recording = random_recording(events)
    frames = to_frames(recording, SENSOR, time_steps, slice_by)
    assert frames.shape == (time_steps, *SENSOR)
    histogram = np.zeros(SENSOR)
    np.add.at(histogram, (recording["y"], recording["x"], recording["p"].astype(int)), 1)
    assert np.array_equal(frames.sum(0), histogram)


def test_more_events_than_int16_holds_are_counted():
    events = np.zeros(70_000, dtype=tonic.io.events_struct)
    assert to_frames(events, SENSOR, 2, "count")[:, 0, 0, 0].tolist() == [35_000, 35_000]


@pytest.mark.parametrize("slice_by", ["count", "time"])
def test_empty_recording_gives_zeros_of_the_same_shape_and_type(slice_by):
    frames = to_frames(random_recording(0), SENSOR, 4, slice_by)
    assert (frames.shape, frames.dtype, frames.any()) == ((4, *SENSOR), np.int32, False)


def test_callers_events_stay_as_they_are_and_may_be_in_any_order():
    events = random_recording(50)
    shuffled = np.random.default_rng(1).permutation(events)
    before = shuffled.copy()
    frames = to_frames(shuffled, SENSOR, 4, "time")
    assert np.array_equal(shuffled, before)
    assert np.array_equal(frames, to_frames(events, SENSOR, 4, "time"))


def test_sensor_with_one_polarity_keeps_the_callers_polarities():
    events = np.zeros(3, dtype=[(name, "int64") for name in "xytp"])
    assert to_frames(events, (3, 5, 1), 2).sum() == 3
    events["p"] = 1
    with pytest.raises(ValueError, match=r"p from 0 to 0\. Received: p=1"):
        to_frames(events, (3, 5, 1), 2)
    assert events["p"].tolist() == [1, 1, 1]


@pytest.mark.parametrize(("field", "value", "last"), [("x", 5, 4), ("y", 3, 2), ("x", -1, 4)])
def test_event_outside_the_sensor_is_refused(field, value, last):
    events = random_recording(4)
    events[field][2] = value
    message = f"`events` must lie inside the sensor, {field} from 0 to {last}. "
    with pytest.raises(ValueError, match=message + f"Received: {field}={value}"):
        to_frames(events, SENSOR, 2)


def test_bad_slicing_is_refused():
    events = random_recording(4)
    with pytest.raises(
        ValueError, match=r'must be "count" or "time"\. Received: slice_by=.polar.$'
    ):
        to_frames(events, SENSOR, 2, "polar")
    for time_steps in (0, -1, 2.5, True):
        with pytest.raises(ValueError, match=f"`time_steps` must .*time_steps={time_steps}$"):
            to_frames(events, SENSOR, time_steps)
