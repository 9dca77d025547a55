"""event_dataset_from_directory: recordings in folders become frames and labels."""

import re

import keras
import numpy as np
import pytest
import tensorflow as tf

import keras_snn
from keras_snn.datasets import directory, to_frames
from keras_snn.datasets.recordings import cut_windows
from keras_snn.utils import event_dataset_from_directory
from tests.datasets import writers
from tests.datasets.writers import random_events


@pytest.fixture
def folder(tmp_path):
    """Two classes of three recordings each, in several formats."""
    seed = 0
    for name in ("walk", "jump"):
        (tmp_path / name).mkdir()
        for suffix, write in (
            ("aedat", writers.aedat2_dvs128),
            ("dat", writers.dat),
            ("raw", writers.evt2),
        ):
            events = random_events(seed=seed, number=100 + seed)
            (tmp_path / name / f"{seed}.{suffix}").write_bytes(write(events))
            seed += 1
    return tmp_path


def samples(dataset):
    return [(x.numpy(), y.numpy()) for x, y in dataset.unbatch()]


def test_dataset_is_keras_images_sibling(folder, capsys):
    data = event_dataset_from_directory(folder, time_steps=4, batch_size=4, shuffle=False)
    assert capsys.readouterr().out == "Found 6 files belonging to 2 classes.\n"
    assert data.class_names == ["jump", "walk"]
    assert [path.rsplit("/", 1)[1] for path in data.file_paths] == [
        "3.aedat", "4.dat", "5.raw", "0.aedat", "1.dat", "2.raw",
    ]  # fmt: skip
    assert data.cardinality() == 2
    assert data.element_spec[0].shape.as_list() == [None, 4, 128, 128, 2]
    found = samples(data)
    assert [int(y) for _, y in found] == [0, 0, 0, 1, 1, 1]
    for (frames, _), seed in zip(found, (3, 4, 5, 0, 1, 2), strict=True):
        expected = to_frames(random_events(seed=seed, number=100 + seed), (128, 128), 4)
        assert np.array_equal(frames, expected)
    assert keras_snn.utils.event_dataset_from_directory is event_dataset_from_directory


def test_labels_have_the_modes_of_keras(folder):
    options = {"shuffle": False, "time_steps": 2, "size": (4, 4), "verbose": False}
    for mode, first in (("int", 0), ("binary", [0.0]), ("categorical", [1.0, 0.0])):
        _, label = samples(event_dataset_from_directory(folder, label_mode=mode, **options))[0]
        assert label.tolist() == first
        assert label.dtype == ("int32" if mode == "int" else "float32")
    assert event_dataset_from_directory(folder, label_mode=None, **options).element_spec.shape[1:]
    unlabeled = event_dataset_from_directory(folder, labels=None, **options)
    assert unlabeled.class_names is None
    own = event_dataset_from_directory(folder, labels=[5, 5, 7, 5, 5, 5], **options)
    assert ([int(y) for _, y in samples(own)], own.class_names) == ([5, 5, 7, 5, 5, 5], ["5", "7"])
    chosen = event_dataset_from_directory(folder, class_names=["walk", "jump"], **options)
    assert [int(y) for _, y in samples(chosen)] == [0, 0, 0, 1, 1, 1]
    assert "walk/0" in chosen.file_paths[0]


@pytest.mark.parametrize("cache", [True, False])
def test_windows_cut_a_recording_and_never_straddle_the_subsets(folder, cache):
    options = {"window": 10_000, "stride": 5_000, "validation_split": 0.34, "seed": 3}
    options |= {"time_steps": 2, "size": (8, 8), "cache": cache, "verbose": False}
    train, validation = event_dataset_from_directory(folder, subset="both", **options)
    assert (len(train.file_paths), len(validation.file_paths)) == (4, 2)
    assert not set(train.file_paths) & set(validation.file_paths)
    again = event_dataset_from_directory(folder, subset="validation", **options)
    assert again.file_paths == validation.file_paths
    windows = [cut_windows(_events(p)["t"], 10_000, 5_000) for p in validation.file_paths]
    expected = [
        to_frames(_events(path)[start:stop], (128, 128), 2, size=(8, 8))
        for path, some in zip(validation.file_paths, windows, strict=True)
        for start, stop in some
    ]
    found = samples(validation)
    assert len(found) == len(expected) > 30
    assert all(np.array_equal(f, e) for (f, _), e in zip(found, expected, strict=True))


def _events(path):
    return keras_snn.datasets.read_events(path)[0]


def test_windows_hold_the_events_of_their_time():
    t = np.array([100, 109, 110, 119, 120, 139, 140])
    assert cut_windows(t, 20, 10).tolist() == [[0, 4], [2, 5], [4, 6]]
    assert cut_windows(t, 41, 41).tolist() == [[0, 7]]
    assert cut_windows(t, 500, 500).tolist() == [[0, 7]]
    assert cut_windows(t, None, None).tolist() == [[0, 7]]
    assert cut_windows(t[:0], 10, 10).tolist() == [[0, 0]]


def test_training_order_is_new_in_each_epoch_and_seeded(folder):
    def order(data):
        return [float(frames.sum()) for frames, _ in samples(data)]

    options = {"time_steps": 2, "size": (4, 4), "verbose": False, "seed": 1}
    data = event_dataset_from_directory(folder, **options)
    first, second = order(data), order(data)
    assert first != second
    assert sorted(first) == sorted(second) == [100.0 + seed for seed in range(6)]
    assert order(event_dataset_from_directory(folder, **options)) == first


def test_unreadable_files_are_listed_in_one_error_or_left_out_with_one_warning(folder):
    (folder / "walk" / "bad.bin").write_bytes(b"123")
    (folder / "jump" / "worse.dat").write_bytes(b"")
    message = r"(?s)2 of 8 recordings cannot be read:.*worse\.dat .*byte 0.*bad\.bin .*byte 0"
    options = {"sensor_size": (128, 128), "verbose": False}
    with pytest.raises(ValueError, match=message):
        event_dataset_from_directory(folder, **options)
    with pytest.warns(UserWarning, match=message):
        data = event_dataset_from_directory(folder, unreadable="warn", **options)
    assert len(data.file_paths) == 6


def test_sensor_size_is_asked_for_where_files_do_not_tell_one(folder):
    (folder / "walk" / "a.bin").write_bytes(writers.atis(random_events(size=(34, 34))))
    with pytest.raises(ValueError, match=r"`sensor_size` must be given .*a\.bin does not state it"):
        event_dataset_from_directory(folder, verbose=False)
    (folder / "walk" / "a.bin").unlink()
    other = writers.dat(random_events(size=(9, 9)), "% Version 2\n% Height 9\n% Width 9\n")
    (folder / "walk" / "a.dat").write_bytes(other)
    with pytest.raises(ValueError, match=r"`sensor_size` must be given .* has \(9, 9\)"):
        event_dataset_from_directory(folder, verbose=False, shuffle=False)
    with pytest.raises(ValueError, match=r"(?s)6 of 7 .*lie on the sensor of 50 rows"):
        event_dataset_from_directory(folder, verbose=False, sensor_size=(50, 128))


def test_samples_of_a_duration_are_padded_with_empty_frames(folder):
    options = {"slice_by": "duration", "duration": 10_000, "size": (4, 4), "verbose": False}
    data = event_dataset_from_directory(folder, batch_size=6, shuffle=False, **options)
    frames, _ = next(iter(data))
    lengths = [len(to_frames(_events(p), (128, 128), None, "duration", duration=10_000))
               for p in data.file_paths]  # fmt: skip
    assert frames.shape[1] == max(lengths)
    for sample, length in zip(frames.numpy(), lengths, strict=True):
        assert sample[length - 1].any()
        assert not sample[length:].any()


def test_events_are_augmented_anew_in_each_epoch_but_not_for_validation(folder):
    def halve(events, generator):
        return events[generator.random(len(events)) < 0.5]

    options = {"validation_split": 0.5, "subset": "both", "seed": 1, "size": (4, 4)}
    train, validation = event_dataset_from_directory(
        folder, augment_events=halve, verbose=False, time_steps=2, **options
    )
    first, second = (sorted(frames.sum() for frames, _ in samples(train)) for _ in range(2))
    assert first != second
    assert max(first) < 90
    assert min(frames.sum() for frames, _ in samples(validation)) >= 100


def test_model_trains_on_a_folder(folder):
    train, validation = event_dataset_from_directory(
        folder, size=(8, 8), time_steps=3, validation_split=0.5, subset="both", seed=0
    )
    model = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(2)])
    model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    model.fit(train, validation_data=validation, shuffle=False, verbose=0)
    assert isinstance(train, tf.data.Dataset)


BAD = [
    ({"directory": "nowhere"}, "`directory` must be a folder. Received: directory='nowhere'"),
    ({"labels": "walk"}, '`labels` must be "inferred", None, or a list of integers'),
    ({"labels": [1, 2]}, "`labels` must have one entry for each of the 6 files."),
    ({"labels": None, "class_names": ["walk"]}, '`class_names` must be None unless labels="inf'),
    ({"class_names": ["run"]}, "`class_names` must be folders of"),
    ({"label_mode": "one-hot"}, "`label_mode` must be one of 'int', 'categorical', 'binary', None"),
    ({"validation_split": 0.5}, "`validation_split` must be given if and only if `subset`"),
    ({"validation_split": 1.5, "subset": "both"}, "`validation_split` must be less than 1"),
    ({"validation_split": 0.5, "subset": "both"}, "`seed` must be given if shuffled files"),
    ({"validation_split": 0.1, "subset": "both", "seed": 1}, "leave at least one of the 6 files"),
    ({"subset": "test"}, "`subset` must be one of 'training', 'validation', 'both', None"),
    ({"stride": 5}, "`stride` must be None without `window`"),
    ({"window": 0}, "`window` must be an integer of at least 1"),
    ({"batch_size": 0}, "`batch_size` must be an integer of at least 1"),
    ({"size": (129, 4)}, "`size` must be (height, width), at most the sensor's"),
    ({"slice_by": "duration"}, "`duration` must be an integer of at least 1"),
    ({"seed": -1}, "`seed` must be an integer of at least 0"),
    ({"unreadable": "skip"}, "`unreadable` must be one of 'error', 'warn'"),
    ({"drop_remainder": 1}, "`drop_remainder` must be True or False"),
]


@pytest.mark.parametrize(("bad", "message"), BAD)
def test_bad_argument_is_refused_before_files_are_read(bad, message, folder, monkeypatch):
    depends_on_what_is_read = "size" in bad or bad.get("validation_split") == 0.1
    if not depends_on_what_is_read:
        monkeypatch.setattr(directory, "read_all", None)
    arguments = {"directory": folder, "verbose": False, **bad}
    with pytest.raises(ValueError, match=re.escape(message)):
        event_dataset_from_directory(**arguments)


def test_folder_without_recordings_is_refused(tmp_path):
    (tmp_path / "a").mkdir()
    with pytest.raises(ValueError, match="`directory` must contain a recording with one of"):
        event_dataset_from_directory(tmp_path)
