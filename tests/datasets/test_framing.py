"""Frames: the papers' rule to the last count, and nothing of the caller's changed."""

import re

import numpy as np
import pytest

from keras_snn.datasets.events import EVENT, make_recording
from keras_snn.datasets.framing import to_frames

SENSOR = (3, 5, 2)  # (height, width, polarities)


def random_recording(rng, events, sensor=SENSOR, length=1000):
    height, width, polarities = sensor
    return make_recording(
        rng.integers(width, size=events),
        rng.integers(height, size=events),
        np.sort(rng.integers(length, size=events)) + rng.integers(10**6),
        rng.integers(polarities, size=events),
    )


def slow_frames(events, sensor, time_steps, slice_by):
    """The rule, one event at a time, in Python's integers."""
    frames = np.zeros((time_steps, *sensor), "float32")
    t = events["t"].tolist()
    for k, (x, y, p) in enumerate(zip(events["x"], events["y"], events["p"], strict=True)):
        if slice_by == "count":
            share = len(t) // time_steps
            index = min(k // share, time_steps - 1) if share else time_steps - 1
        else:
            length = (t[-1] - t[0]) // time_steps
            index = min((t[k] - t[0]) // length, time_steps - 1) if length else 0
        frames[index, y, x, int(p)] += 1
    return frames


@pytest.mark.parametrize("slice_by", ["count", "time"])
@pytest.mark.parametrize("seed", range(5))
def test_frames_equal_the_rule_on_a_thousand_recordings(slice_by, seed):
    rng = np.random.default_rng([seed, slice_by == "time"])
    for _ in range(1000):
        sensor = (*rng.integers(1, 7, 2).tolist(), 2)
        events = random_recording(rng, rng.integers(40), sensor, rng.integers(1, 200))
        time_steps = int(rng.integers(1, 12))
        frames = to_frames(events, sensor, time_steps, slice_by)
        assert np.array_equal(frames, slow_frames(events, sensor, time_steps, slice_by))


@pytest.mark.parametrize("slice_by", ["count", "time"])
def test_recordings_of_many_chunks_equal_the_rule(slice_by):
    events = random_recording(np.random.default_rng(0), 200_009, (7, 9, 2), 10**6)
    frames = to_frames(events, (7, 9, 2), 10, slice_by)
    assert np.array_equal(frames, slow_frames(events, (7, 9, 2), 10, slice_by))


def test_event_is_counted_at_its_slice_row_column_and_polarity():
    events = make_recording([4, 4, 0], [2, 2, 1], [0, 10, 100], [1, 1, 0])
    frames = to_frames(events, SENSOR, 2, "time")
    expected = np.zeros((2, 3, 5, 2))
    expected[0, 2, 4, 1] = 2
    expected[1, 1, 0, 0] = 1
    assert frames.dtype == np.float32
    assert np.array_equal(frames, expected)


def counts(t, *slicing, **options):
    zeros = np.zeros(len(t), int)
    events = {"x": zeros, "y": zeros, "t": np.array(t), "p": zeros}
    return to_frames(events, SENSOR, *slicing, **options).sum((1, 2, 3)).tolist()


def test_last_slice_by_count_takes_the_rest():
    assert counts(range(23), 5) == [4, 4, 4, 4, 7]
    assert counts(range(3), 5) == [0, 0, 0, 0, 3]


def test_last_slice_by_time_takes_the_rest():
    # dt = 99 // 4 = 24: slice borders at 24, 48 and 72.
    assert counts([0, 23, 24, 71, 72, 95, 96, 99], 4, "time") == [2, 1, 1, 4]
    assert counts([7, 7, 8], 4, "time") == [3, 0, 0, 0]


def test_slices_by_duration_are_as_many_as_the_recording_needs():
    assert counts([5, 14, 15, 44], slice_by="duration", duration=10) == [2, 1, 0, 1]
    assert counts([], slice_by="duration", duration=10) == []


def test_slices_by_count_follow_the_order_of_the_recording():
    zeros = np.zeros(4, int)
    events = {"x": [0, 1, 2, 3], "y": zeros, "t": [30, 20, 10, 0], "p": zeros}
    assert to_frames(events, SENSOR, 2)[0, 0, :, 0].tolist() == [1, 1, 0, 0, 0]


@pytest.mark.parametrize("slice_by", ["time", "duration"])
def test_event_before_the_first_one_is_refused_where_times_matter(slice_by):
    options = {"duration": 5} if slice_by == "duration" else {"time_steps": 2}
    with pytest.raises(ValueError, match=r"not be earlier .* Received: t=4, event=2, start=5$"):
        counts([5, 9, 4], slice_by=slice_by, **options)


def test_more_events_than_int16_holds_are_counted():
    assert counts(np.zeros(70_000, int), 2) == [35_000, 35_000]


@pytest.mark.parametrize("slice_by", ["count", "time"])
def test_empty_recording_gives_empty_frames(slice_by):
    frames = to_frames(np.zeros(0, EVENT), SENSOR, 4, slice_by)
    assert (frames.shape, frames.dtype, frames.any()) == ((4, *SENSOR), np.float32, False)
    table = to_frames(np.zeros((0, 4)), SENSOR, 4, slice_by)
    assert np.array_equal(table, frames)


def test_callers_events_stay_as_they_are():
    events = random_recording(np.random.default_rng(0), 50)
    before = events.copy()
    to_frames(events, SENSOR, 4, "time", size=(2, 2))
    assert np.array_equal(events, before)


SPELT = [
    lambda x, y, t, p: {"x": x, "y": y, "t": t, "p": p},
    lambda x, y, t, p: {"timestamp": t, "x": x, "y": y, "polarity": p.astype(bool)},
    lambda x, y, t, p: {"X": x, "Y": y, "ts": t, "pol": 2 * p - 1},
    lambda x, y, t, p: np.stack([x, y, t, p], axis=1),
    lambda x, y, t, p: np.rec.fromarrays([t, x, y, p == 1], names="t, x, y, on"),
]


@pytest.mark.parametrize("spell", SPELT)
def test_usual_spellings_give_the_same_frames(spell):
    events = random_recording(np.random.default_rng(3), 60)
    fields = [events[name].astype("int64") for name in "xytp"]
    expected = to_frames(events, SENSOR, 4, "time")
    assert np.array_equal(to_frames(spell(*fields), SENSOR, 4, "time"), expected)


@pytest.mark.parametrize(
    "events",
    [np.zeros((5, 3)), np.zeros(5), {"a": [1]}, {"x": [1], "y": [1]}, {"x": [1], "t": [1]}],
)
def test_events_without_the_fields_are_refused_by_naming_them(events):
    with pytest.raises(ValueError, match="`events` must have the four fields x, y, t, p"):
        to_frames(events, SENSOR, 2)


def test_columns_of_different_length_are_refused():
    with pytest.raises(ValueError, match="`events` must have columns of one length"):
        to_frames({"x": [1, 2], "y": [1], "t": [1], "p": [1]}, SENSOR, 2)


def test_sensor_without_rows_gives_vectors():
    events = {"units": [0, 6, 6, 2], "times": [0.0, 0.1, 0.2, 0.4]}
    frames = to_frames(events, (7,), 2, "time", time_unit="s")
    assert frames.tolist() == [[1, 0, 0, 0, 0, 0, 1], [0, 0, 1, 0, 0, 0, 1]]


def test_seconds_are_converted_with_their_unit_and_refused_without():
    seconds = np.array([0.0, 0.1, 0.2, 0.3], "float32")
    assert counts(seconds, 2, "time", time_unit="s") == [2, 2]
    assert counts(seconds * 1e3, 2, "time", time_unit="ms") == [2, 2]
    assert counts(seconds, 2, "count") == [2, 2]  # times play no part
    with pytest.raises(ValueError, match=r'`time_unit` must be "s", .* floating-point'):
        counts(seconds, 2, "time")
    with pytest.raises(ValueError, match=r'`time_unit` must be "s", .* floating-point'):
        make_recording([0], [0], [0.3], [1])
    assert make_recording([0], [0], [0.3], [1], time_unit="s")["t"] == [300_000]


def test_recording_keeps_negative_polarities_apart():
    events = make_recording([0] * 4, [0] * 4, range(4), [-1, 1, -1, 1])
    assert to_frames(events, (1, 1, 2), 1).ravel().tolist() == [2, 2]
    with pytest.raises(ValueError, match=r"polarities 0 and 1, or -1 and 1.*p=0, event=1$"):
        make_recording([0] * 3, [0] * 3, range(3), [-1, 0, 1])
    with pytest.raises(ValueError, match=r"p from 0 to 1.*p=2, event=0$"):
        make_recording([0], [0], [0], [2])


def test_polarities_are_merged_on_request_only():
    events = random_recording(np.random.default_rng(1), 30)
    merged = to_frames(events, SENSOR, 3, merge_polarities=True)
    assert merged.shape == (3, 3, 5, 1)
    assert np.array_equal(merged[..., 0], to_frames(events, SENSOR, 3).sum(-1))
    with pytest.raises(ValueError, match=r"p from 0 to 0\. Received: p=True, event="):
        to_frames(events, (3, 5, 1), 3)


def test_size_adds_the_events_of_neighboring_pixels():
    events = random_recording(np.random.default_rng(2), 300, (6, 8, 2))
    whole = to_frames(events, (6, 8, 2), 2)
    expected = whole.reshape(2, 3, 2, 4, 2, 2).sum((2, 4))
    assert np.array_equal(to_frames(events, (6, 8, 2), 2, size=(3, 4)), expected)
    assert to_frames(events, (6, 8), 2, size=(5, 3)).sum() == 300
    with pytest.raises(ValueError, match=r"`size` must be \(height, width\), at most the sensor"):
        to_frames(events, (6, 8, 2), 2, size=(7, 4))


@pytest.mark.parametrize(
    ("field", "value", "last"),
    [("x", 5, 4), ("y", 3, 2), ("x", -1, 4), ("p", 2, 1), ("x", 1.5, 4), ("y", np.nan, 2)],
)
def test_first_event_outside_the_sensor_is_refused(field, value, last):
    events = random_recording(np.random.default_rng(0), 70_000)
    fields = {name: events[name].astype("float64") for name in "xytp"}
    fields[field][[66_000, 68_000]] = value
    fields["x" if field == "y" else "y"][69_000] = 99
    message = f"{field} from 0 to {last}.* Received: {field}={value:.1f}, event=66000$"
    with pytest.raises(ValueError, match=message):
        to_frames(fields, SENSOR, 2)


BAD = [
    ({"slice_by": "polar"}, "`slice_by` must be one of 'count', 'time', 'duration'"),
    ({"time_steps": 0}, "`time_steps` must be an integer of at least 1"),
    ({"time_steps": 2.5}, "`time_steps` must be an integer of at least 1"),
    ({"time_steps": True}, "`time_steps` must be an integer of at least 1"),
    ({"duration": 5}, "`duration` must be None where slice_by='count'"),
    ({"slice_by": "duration", "duration": 5}, "`time_steps` must be None where slice_by='dura"),
    ({"slice_by": "duration", "time_steps": None}, "`duration` must be an integer of at least 1"),
    ({"sensor_size": (3, 5, 2, 1)}, "`sensor_size` must be (height, width, polarities)"),
    ({"sensor_size": (3, 0)}, "`sensor_size` must be (height, width, polarities)"),
    ({"sensor_size": 34}, "`sensor_size` must be (height, width, polarities)"),
    ({"slice_by": "time", "time_unit": "min"}, "`time_unit` must be one of 'ns', 'us', 'ms', 's'"),
    ({"merge_polarities": "no"}, "`merge_polarities` must be True or False"),
]


@pytest.mark.parametrize(("bad", "message"), BAD)
def test_bad_argument_is_refused(bad, message):
    events = random_recording(np.random.default_rng(0), 4)
    arguments = {"sensor_size": SENSOR, "time_steps": 2, **bad}
    with pytest.raises(ValueError, match=re.escape(message)):
        to_frames(events, **arguments)
