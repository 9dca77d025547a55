"""datasets.load: frames and labels, ready to fit, never stale."""

import errno
import importlib
import random
import re
import sys
import time

import keras
import numpy as np
import pytest
import sklearn.datasets
import tensorflow as tf
import tensorflow_datasets as tfds

import keras_snn.datasets
from keras_snn.datasets import EventDigits, EventDigitsSettings, event_digits, to_frames
from keras_snn.datasets.event_digits import record
from keras_snn.datasets.splits import stratified_splits


def load(split, data_dir, **options):
    return keras_snn.datasets.load("event_digits", split, data_dir=data_dir, **options)


def labels_of(dataset):
    return [int(label) for _, label in dataset]


def frames_of(dataset):
    return np.stack([frames for frames, _ in dataset])


def test_dataset_has_static_shapes_float32_counts_and_known_cardinality(prepared):
    dataset = load("train", prepared.data_dir, batch_size=100)
    frames, labels = dataset.element_spec
    assert (frames.shape.as_list(), frames.dtype) == ([None, 8, 34, 34, 2], tf.float32)
    assert (labels.shape.as_list(), labels.dtype) == ([None], tf.int64)
    assert dataset.cardinality() == 13  # 1,293 samples: the last batch is smaller


@pytest.mark.parametrize(
    ("split", "samples"),
    [
        ("train", 1293),
        ("validation", 144),
        ("test", 360),
        ("train[:200]", 200),
        ("train+validation", 1437),
        ("test[90%:]", 36),
    ],
)
def test_split_has_its_samples(split, samples, prepared):
    assert load(split, prepared.data_dir).cardinality() == samples


def test_info_tells_shape_and_classes_before_anything_is_prepared(prepared):
    info = keras_snn.datasets.info("event_digits")
    frames, _ = load("test", prepared.data_dir).element_spec
    assert info.input_shape == tuple(frames.shape)
    assert set(labels_of(load("test", prepared.data_dir))) == set(range(info.classes))
    sizes = {split: len(load(split, prepared.data_dir)) for split in info.splits}
    assert info.splits == sizes


def test_last_batch_can_be_left_out(prepared):
    batches = load("test", prepared.data_dir, batch_size=100, drop_remainder=True)
    assert len(batches) == 3
    assert batches.element_spec[0].shape[0] == 100


def test_preparation_says_what_it_does_and_speaks_of_no_download(few_digits, tmp_path, capsys):
    load("test", tmp_path)
    said = capsys.readouterr().out
    assert "Preparing event_digits (threshold=" in said
    assert "ownload" not in said


def test_frames_and_labels_are_those_of_the_recorded_digits(prepared):
    digits = sklearn.datasets.load_digits()
    indices = stratified_splits(digits.target, event_digits.SPLIT_SEED)["test"][:5]
    dataset = load("test[:5]", prepared.data_dir, time_steps=3, slice_by="time")
    for index, (frames, label) in zip(indices, dataset, strict=True):
        events = record(digits.images[index] / 16, EventDigitsSettings(), int(index))
        expected = to_frames(events, (34, 34, 2), 3, "time")
        assert int(label) == digits.target[index]
        assert np.array_equal(frames, expected)


def test_slicing_by_count_and_by_time_hold_the_same_events(prepared):
    by_count = frames_of(load("test[:3]", prepared.data_dir))
    by_time = frames_of(load("test[:3]", prepared.data_dir, slice_by="time"))
    assert np.array_equal(by_count.sum(1), by_time.sum(1))
    counts = by_count.sum((2, 3, 4))
    assert np.all(counts[:, :-1] == counts.sum(1, keepdims=True) // 8)
    assert np.all(np.ptp(by_time.sum((2, 3, 4)), axis=1) > 10)


def test_training_data_have_a_new_order_in_each_epoch_and_test_data_a_fixed_one(prepared):
    train, test = (load(split, prepared.data_dir) for split in ("train[:200]", "test[:200]"))
    first, second = labels_of(train), labels_of(train)
    assert first != second
    assert sorted(first) == sorted(second)
    assert labels_of(test) == labels_of(test) == labels_of(load("test[:200]", prepared.data_dir))


@pytest.mark.parametrize("cache", [True, False])
def test_shuffling_can_be_chosen_and_seeded(cache, prepared):
    options = {"data_dir": prepared.data_dir, "cache": cache}
    fixed = labels_of(load("train[:100]", shuffle=False, **options))
    one, again, other = (labels_of(load("train[:100]", seed=seed, **options)) for seed in (1, 1, 2))
    assert fixed == labels_of(load("train[:100]", shuffle=False, **options))
    assert one == again
    assert one != other
    assert one != fixed
    test = load("test[:100]", shuffle=True, **options)
    assert labels_of(test) != labels_of(test)


@pytest.mark.parametrize("seed", [None, 1])
def test_augmentation_is_called_anew_in_each_epoch_on_single_samples(seed, prepared):
    tf.random.set_seed(seed)

    def augment(frames, label):
        return frames + tf.random.uniform(()), label + 100

    dataset = load("test[:4]", prepared.data_dir, batch_size=4, augment=augment)
    (first, labels), (second, _) = next(iter(dataset)), next(iter(dataset))
    assert np.all(labels >= 100)
    noise = first[:, 0, 0, 0, 0].numpy()
    assert len(np.unique(noise)) == 4
    assert not np.array_equal(first, second)


def test_changed_setting_gives_other_frames_and_the_first_ones_are_still_there(
    few_digits, tmp_path
):
    plain = frames_of(load("test", tmp_path))
    noisy = frames_of(load("test", tmp_path, noise=5.0))
    assert noisy.sum() > plain.sum()
    assert np.array_equal(plain, frames_of(load("test", tmp_path)))


def test_second_opening_is_fast(prepared):
    start = time.perf_counter()
    load("test", prepared.data_dir)
    assert time.perf_counter() - start < prepared.seconds / 4


def test_second_opening_records_nothing(few_digits, tmp_path, monkeypatch):
    load("test", tmp_path)
    monkeypatch.setattr(event_digits, "record", None)
    assert load("test", tmp_path).cardinality() == 10


def test_second_epoch_does_not_read_the_disk(few_digits, tmp_path):
    dataset = load("test", tmp_path)
    first = frames_of(dataset)
    for file in tmp_path.rglob("*.tfrecord*"):
        file.unlink()
    assert np.array_equal(first, frames_of(dataset))


def test_a_preparation_does_not_change_later_random_numbers(few_digits, tmp_path):
    """A network that is built after it has the same weights as one in a later program."""
    drawn = []
    for _ in range(2):
        keras.utils.set_random_seed(3)
        load("test", tmp_path)
        drawn.append((random.random(), np.random.rand()))
    assert drawn[0] == drawn[1]


@pytest.mark.parametrize("stop", [KeyboardInterrupt, MemoryError])
def test_interrupted_preparation_leaves_nothing_that_is_served(
    stop, few_digits, tmp_path, monkeypatch
):
    recorded = []

    def interrupted(*arguments):
        recorded.append(arguments)
        if len(recorded) == 30:
            raise stop
        return record(*arguments)

    monkeypatch.setattr(event_digits, "record", interrupted)
    with pytest.raises(stop):
        load("train", tmp_path)
    assert not list(tmp_path.rglob("*.tfrecord*"))
    monkeypatch.undo()
    assert not EventDigits(data_dir=tmp_path).is_prepared()


def test_preparation_that_another_process_finished_first_is_used(few_digits, tmp_path, monkeypatch):
    generate = EventDigits._split_generators

    def overtaken(builder, dl_manager):
        monkeypatch.setattr(EventDigits, "_split_generators", generate)
        EventDigits(data_dir=tmp_path).download_and_prepare()
        return generate(builder, dl_manager)

    monkeypatch.setattr(EventDigits, "_split_generators", overtaken)
    assert load("train", tmp_path).cardinality() == 36


def test_disk_that_cannot_be_written_is_not_hidden(few_digits, tmp_path, monkeypatch):
    def full(builder, dl_manager):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(EventDigits, "_split_generators", full)
    with pytest.raises(OSError, match="No space left"):
        load("train", tmp_path)


def test_tfds_loads_raw_events_by_name(prepared):
    dataset, info = tfds.load(
        "event_digits", split="test", data_dir=prepared.data_dir, with_info=True
    )
    example = next(iter(dataset))
    assert info.features["label"].num_classes == 10
    types = {name: column.dtype for name, column in example["events"].items()}
    assert types == {"x": tf.int16, "y": tf.int16, "t": tf.int64, "p": tf.bool}
    frames, label = next(iter(load("test", prepared.data_dir)))
    assert len(example["events"]["t"]) == int(tf.reduce_sum(frames))
    assert int(example["label"]) == int(label)


def test_tfds_takes_settings(few_digits, tmp_path):
    settings = {"noise": 5.0}
    data = tfds.load("event_digits", split="test", data_dir=tmp_path, builder_kwargs=settings)
    events = sum(len(example["events"]["t"]) for example in data)
    assert events == frames_of(load("test", tmp_path, noise=5.0)).sum()


BAD = [
    (
        {"name": "digits"},
        "`name` must be one of 'event_digits', 'dvs128_gesture',",
    ),
    ({"split": "dev"}, '`split` must be "train", "validation", "test"'),
    ({"slice_by": "p"}, "`slice_by` must be one of 'count', 'time', 'duration'."),
    ({"time_steps": 0}, "`time_steps` must be an integer of at least 1. Received: time_steps=0"),
    ({"batch_size": 0}, "`batch_size` must be an integer of at least 1. Received: batch_size=0"),
    ({"batch_size": 2.5}, "`batch_size` must be an integer of at least 1. Received: batch_size="),
    ({"drop_remainder": 1}, "`drop_remainder` must be True or False. Received: drop_remainder=1"),
    (
        {"augment": "flip"},
        "`augment` must be callable or None; no paper has one for",
    ),
    ({"shuffle": 100}, "`shuffle` must be True, False or None. Received: shuffle=100"),
    ({"seed": "a"}, "`seed` must be an integer of at least 0. Received: seed='a'"),
    ({"noise": -1}, "`noise` must be a finite number of at least 0. Received: noise=-1"),
    ({"nois": 1}, "`nois` must be one of the settings of event_digits"),
]


@pytest.mark.parametrize(("bad", "message"), BAD)
def test_bad_argument_is_refused_before_anything_is_prepared(bad, message, tmp_path):
    arguments = {"name": "event_digits", "split": "train", "data_dir": tmp_path, **bad}
    with pytest.raises(ValueError, match=re.escape(message)):
        keras_snn.datasets.load(arguments.pop("name"), arguments.pop("split"), **arguments)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "split", ["train[:0]", "train[2000:]", "train[:300%]", "test[10:5]", "train+test[9:9]"]
)
def test_split_without_samples_is_refused(split, prepared):
    with pytest.raises(ValueError, match=r"`split` must .* Received: split='"):
        load(split, prepared.data_dir)


MESSAGE = r"needs the package '{}'\. Install it with: pip install \"keras-snn\[data\]\""


def test_absent_scikit_learn_is_named_with_its_pip_command(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)  # as if it were not installed
    with pytest.raises(ImportError, match=MESSAGE.format("sklearn")):
        load("test", tmp_path)
    assert not EventDigits(data_dir=tmp_path).is_prepared()


def test_absent_tfds_is_named_with_its_pip_command(monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorflow_datasets", None)
    monkeypatch.delitem(sys.modules, "keras_snn.datasets.builders")
    with pytest.raises(ImportError, match=MESSAGE.format("tensorflow_datasets")):
        importlib.import_module("keras_snn.datasets.builders")
