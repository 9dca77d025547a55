"""Frames are cut in groups of samples, which changes nothing but the time."""

import numpy as np
import pytest
import tensorflow as tf

import keras_snn.datasets
from keras_snn.datasets import EventDigits, groups, to_frames
from tests.datasets import writers
from tests.datasets.small_archives import recording

SLICINGS = {
    "count": {"time_steps": 3, "slice_by": "count"},
    "time": {"time_steps": 3, "slice_by": "time"},
    "duration": {"slice_by": "duration", "duration": 999},
}


@pytest.fixture
def group_of_five(monkeypatch):
    monkeypatch.setattr(groups, "MOST", 5)


@pytest.mark.usefixtures("group_of_five")
@pytest.mark.parametrize("slicing", SLICINGS.values(), ids=SLICINGS)
def test_every_sample_has_the_frames_of_its_events(slicing, few_digits, tmp_path):
    dataset = keras_snn.datasets.load(
        "event_digits", "train", data_dir=tmp_path, shuffle=False, cache=False, **slicing
    )
    assert (slicing["slice_by"] == "duration") == (len({len(frames) for frames, _ in dataset}) > 1)
    assert len(dataset) == 36  # seven groups and one sample
    assert dataset.options().autotune.enabled is False  # so that no iterator waits for its end
    assert dataset.element_spec[0].shape.as_list() == [slicing.get("time_steps"), 34, 34, 2]
    assert dataset.element_spec[1].shape == ()
    raw = EventDigits(data_dir=tmp_path).as_dataset("train", as_supervised=True)
    recorded = list(raw.as_numpy_iterator())
    for (frames, label), (events, expected) in zip(
        dataset.as_numpy_iterator(), recorded, strict=True
    ):
        assert label == expected
        assert np.array_equal(frames, to_frames(events, (34, 34), **slicing))


def test_a_group_is_one_call(few_digits, tmp_path, group_of_five, monkeypatch):
    calls = []
    cut_all = groups._cut_all
    monkeypatch.setattr(groups, "_cut_all", lambda *group: calls.append(0) or cut_all(*group))
    dataset = keras_snn.datasets.load("event_digits", "train", data_dir=tmp_path)
    assert (len(list(dataset)), len(calls)) == (36, 8)


@pytest.mark.usefixtures("group_of_five")
def test_event_outside_the_sensor_is_named(few_digits, tmp_path, monkeypatch):
    keras_snn.datasets.prepare("event_digits", tmp_path)
    monkeypatch.setattr(EventDigits, "SENSOR_SIZE", (34, 20, 2))
    message = r"`events` must lie inside the sensor, x from 0 to 19. Received: x=\d+, event=\d+"
    with pytest.raises(tf.errors.InvalidArgumentError, match=message):
        list(keras_snn.datasets.load("event_digits", "test", data_dir=tmp_path))


@pytest.mark.parametrize(
    ("sample", "samples"), [(100, 32), (2**17, 16), (2**19, 4), (2**19 + 1, 1), (5_200_000, 1)]
)
def test_group_is_smaller_where_samples_are_larger(sample, samples):
    assert groups.group_size(sample) == samples


@pytest.mark.usefixtures("group_of_five")
@pytest.mark.parametrize("cache", [True, False])
@pytest.mark.parametrize("label_mode", ["int", None])
@pytest.mark.parametrize("slicing", SLICINGS.values(), ids=SLICINGS)
def test_folder_gives_the_frames_of_its_files(slicing, label_mode, cache, tmp_path):
    recordings = [recording(k, (34, 34)) for k in range(7)]
    for k, events in enumerate(recordings):
        path = tmp_path / "ab"[k > 3] / f"{k}.bin"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(writers.atis(events))
    dataset = keras_snn.utils.event_dataset_from_directory(
        tmp_path,
        batch_size=None,
        sensor_size=(34, 34),
        shuffle=False,
        cache=cache,
        label_mode=label_mode,
        verbose=False,
        **slicing,
    )
    assert len(dataset) == 7
    assert dataset.options().autotune.enabled is False
    for sample, events in zip(dataset.as_numpy_iterator(), recordings, strict=True):
        frames = sample if label_mode is None else sample[0]
        assert np.array_equal(frames, to_frames(events, (34, 34), **slicing))
