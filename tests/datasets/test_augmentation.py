"""Augmentations of events: seeded, as likely as they say, and without effect on what is given."""

import functools

import numpy as np
import pytest

from keras_snn.datasets.augmentation import (
    drop_events,
    flip_polarity,
    jitter_times,
    require_flips_allowed,
)
from keras_snn.utils import event_dataset_from_directory
from tests.datasets import writers
from tests.datasets.writers import random_events

ALL = (drop_events, jitter_times, flip_polarity)


def generator(seed=0):
    return np.random.default_rng(seed)


@pytest.mark.parametrize("augment", ALL)
def test_a_seed_gives_the_same_events_and_another_seed_others(augment):
    events = random_events(500)
    before = events.copy()
    results = [augment(events, generator(seed)).tobytes() for seed in (0, 0, *range(1, 9))]
    assert results[0] == results[1]
    assert len(set(results)) > 1
    np.testing.assert_array_equal(events, before)


@pytest.mark.parametrize("augment", ALL)
def test_a_recording_without_events_stays_one(augment):
    empty = random_events(0)
    result = augment(empty, generator())
    assert (len(result), result.dtype) == (0, empty.dtype)


def test_events_are_dropped_at_the_rate_and_in_their_order():
    events = random_events(20_000)
    kept = drop_events(events, generator(), 0.3)
    assert abs(len(kept) / 20_000 - 0.7) < 0.015  # more than four standard deviations
    assert (np.diff(kept["t"]) >= 0).all()
    assert set(kept.tolist()) <= set(events.tolist())
    np.testing.assert_array_equal(drop_events(events, generator(), 0), events)


def test_times_move_by_the_deviation_and_stay_in_order():
    events = random_events(20_000, length=10_000_000)
    moved = jitter_times(events, generator(), 50)
    assert (np.diff(moved["t"]) >= 0).all()
    assert sorted(moved[["x", "y", "p"]].tolist()) == sorted(events[["x", "y", "p"]].tolist())
    order = np.argsort(events, order=("x", "y", "p"))
    same = np.argsort(moved, order=("x", "y", "p"))
    lone = np.ones(20_000, bool)  # pixels with one event of a polarity tell its shift
    keys = events[["x", "y", "p"]][order]
    lone[1:] &= keys[1:] != keys[:-1]
    lone[:-1] &= keys[1:] != keys[:-1]
    shift = (moved["t"][same] - events["t"][order])[lone]
    assert len(shift) > 5_000
    assert abs(shift.std() - 50) < 3
    assert abs(shift.mean()) < 3


def test_polarity_is_flipped_in_a_whole_recording_or_not():
    events = random_events(100)
    flips = 0
    for seed in range(200):
        result = flip_polarity(events, generator(seed), 0.25)
        flipped = bool((result["p"] != events["p"]).all())
        assert flipped or np.array_equal(result, events)
        assert np.array_equal(result[["x", "y", "t"]], events[["x", "y", "t"]])
        flips += flipped
    assert 25 < flips < 75


@pytest.mark.parametrize("name", ["DVS128 Gesture", "dvs128_gesture", "DVSGesture", "dvs_gesture"])
def test_flips_are_refused_where_they_change_the_label(name):
    message = "`name` must be a data set whose labels a flip does not change: gestures of the left"
    with pytest.raises(ValueError, match=message):
        require_flips_allowed(name)
    for other in ("cifar10_dvs", "n_mnist", "event_digits"):
        require_flips_allowed(other)


@pytest.mark.parametrize(
    ("augment", "message"),
    [
        (functools.partial(drop_events, rate=1.1), "`rate` must be at most 1"),
        (functools.partial(drop_events, rate=-1), "`rate` must be a finite number of at least 0"),
        (functools.partial(jitter_times, deviation=-1), "`deviation` must be a finite number of"),
        (functools.partial(flip_polarity, probability="x"), "`probability` must be a finite"),
    ],
)
def test_bad_argument_is_refused(augment, message):
    with pytest.raises(ValueError, match=message):
        augment(random_events(10), generator())


@pytest.mark.parametrize("augment", ALL)
def test_a_folder_of_recordings_is_augmented(augment, tmp_path):
    for name in "ab":
        (tmp_path / name).mkdir()
        (tmp_path / name / "0.dat").write_bytes(writers.dat(random_events(400)))
    options = {"size": (4, 4), "shuffle": False, "seed": 5, "verbose": False, "batch_size": None}
    options |= {"slice_by": "time", "time_steps": 50}
    plain, changed, again = (
        [
            [frames.numpy() for frames, _ in data]
            for data in [event_dataset_from_directory(tmp_path, augment_events=hook, **options)] * 4
        ]
        for hook in (None, augment, augment)
    )
    assert not np.array_equal(plain, changed)
    np.testing.assert_array_equal(changed, again)
