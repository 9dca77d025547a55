"""Published sets are prepared from archives in their original layout, whole or not at all."""

import itertools
import zipfile

import numpy as np
import pytest
import tensorflow_datasets as tfds

import keras_snn.datasets
from keras_snn.datasets import (
    NMNIST,
    DamagedFileError,
    dvs128_gesture,
    n_mnist,
    read_events,
    to_frames,
)
from tests.datasets import small_archives, writers
from tests.datasets.small_archives import md5_of, recording, write_zip
from tests.real_recordings import real_recording


@pytest.fixture
def small_n_mnist(tmp_path):
    """Archives of 20 and 10 recordings where they are looked for, and the settings for them."""
    return written("n_mnist", tmp_path)


def written(name, data_dir):
    folder = keras_snn.datasets.info(name, data_dir).archive_dir
    return {"data_dir": data_dir, "md5": getattr(small_archives, name)(folder)}


def load(split, name="n_mnist", **options):
    return keras_snn.datasets.load(name, split, **options)


def test_n_mnist_gives_the_frames_and_labels_of_its_recordings(small_n_mnist):
    samples = list(load("test", time_steps=3, **small_n_mnist))
    assert sorted(int(label) for _, label in samples) == list(range(10))
    for frames, label in samples:  # recording k of the test has label k
        expected = to_frames(recording(int(label), (34, 34)), (34, 34), 3)
        assert np.array_equal(frames, expected)


def test_validation_is_a_fixed_part_of_the_published_training_data(small_n_mnist):
    parts = {split: load(split, **small_n_mnist) for split in ("train", "validation", "test")}
    assert {split: len(part) for split, part in parts.items()} == {
        "train": 18,
        "validation": 2,
        "test": 10,
    }
    both = [frames.numpy().tobytes() for frames, _ in load("train+validation", **small_n_mnist)]
    published = [to_frames(recording(k, (34, 34)), (34, 34), 8).tobytes() for k in range(20)]
    assert sorted(both) == sorted(published)


def test_archives_are_found_in_a_folder_of_the_users(small_n_mnist, tmp_path):
    folder = keras_snn.datasets.info("n_mnist", tmp_path).archive_dir
    options = {"data_dir": tmp_path / "other", "md5": small_n_mnist["md5"]}
    for place in (folder, folder.parent):
        assert len(load("test", manual_dir=place, **options)) == 10


def test_absent_archive_is_one_sentence_with_its_origin_place_and_license(tmp_path):
    with pytest.raises(FileNotFoundError) as error:
        load("train", data_dir=tmp_path)
    for words in ("Train.zip, Test.zip", "garrickorchard.com", "CC BY-SA 4.0"):
        assert words in str(error.value)
    assert str(keras_snn.datasets.info("n_mnist", tmp_path).archive_dir) in str(error.value)
    assert not list(tmp_path.rglob("*.tfrecord*"))
    with pytest.raises(AssertionError, match=r"garrickorchard\.com"):
        tfds.load("n_mnist", data_dir=tmp_path)


def test_another_archive_is_refused_unless_its_digest_is_named(small_n_mnist):
    data_dir, md5 = small_n_mnist.values()
    with pytest.raises(ValueError, match=f"`md5` must be .*{md5['Train.zip']}"):
        load("train", data_dir=data_dir)
    with pytest.raises(ValueError, match=f"`md5` must be .*{md5['Test.zip']}"):
        load("train", data_dir=data_dir, md5={"Train.zip": md5["Train.zip"]})
    assert not list(data_dir.rglob("*.tfrecord*"))


@pytest.mark.parametrize(
    ("md5", "message"),
    [
        ({"Tain.zip": "0" * 32}, "name archives of n_mnist: Train.zip, Test.zip"),
        ({"Train.zip": ""}, "have 32 hexadecimal digits"),
        ("0" * 32, "be a dictionary"),
    ],
)
def test_digests_that_are_none_are_refused(md5, message, tmp_path):
    with pytest.raises(ValueError, match=f"`md5` must {message}"):
        load("train", data_dir=tmp_path, md5=md5)


def test_damaged_recording_is_named_and_nothing_is_built(small_n_mnist, tmp_path):
    path = keras_snn.datasets.info("n_mnist", tmp_path).archive_dir / "Test.zip"
    damaged = {
        "cut off": writers.atis(recording(0, (34, 34)))[:-1],
        "outside": writers.atis(recording(0, (80, 80))),
    }
    for content in damaged.values():
        write_zip(path, {"Test/3/60001.bin": content})
        md5 = {**small_n_mnist["md5"], **md5_of(path)}
        with pytest.raises(DamagedFileError, match=r"Test\.zip/Test/3/60001\.bin is damaged at"):
            load("test", data_dir=tmp_path, md5=md5)
        assert not NMNIST(data_dir=tmp_path, md5=md5).is_prepared()
    assert not list(tmp_path.rglob("*.tfrecord*"))


@pytest.mark.parametrize("name", ["Test/ten/1.bin", "Test/3/1.aedat"])
def test_archive_in_another_layout_is_refused(name, small_n_mnist, tmp_path):
    path = keras_snn.datasets.info("n_mnist", tmp_path).archive_dir / "Test.zip"
    write_zip(path, {name: writers.atis(recording(0, (34, 34)))})
    with pytest.raises(ValueError, match="`archive` must h"):
        load("test", data_dir=tmp_path, md5={**small_n_mnist["md5"], **md5_of(path)})


def test_interrupted_preparation_leaves_nothing_that_loads(small_n_mnist, monkeypatch):
    read, seen = n_mnist.read_atis, []

    def interrupted(*arguments):
        seen.append(arguments)
        if len(seen) == 15:
            raise KeyboardInterrupt
        return read(*arguments)

    monkeypatch.setattr(n_mnist, "read_atis", interrupted)
    with pytest.raises(KeyboardInterrupt):
        load("train", **small_n_mnist)
    assert not list(small_n_mnist["data_dir"].rglob("*.tfrecord*"))
    monkeypatch.undo()
    assert len(load("train", **small_n_mnist)) == 18


def test_real_recordings_of_n_mnist_load(tmp_path):
    folder = real_recording("n_mnist_small")
    md5 = md5_of(folder / "Train.zip", folder / "Test.zip")
    options = {"data_dir": tmp_path, "manual_dir": folder, "md5": md5}
    assert [len(load(split, **options)) for split in ("train", "validation", "test")] == [
        900,
        100,
        100,
    ]
    with zipfile.ZipFile(folder / "Test.zip") as archive:
        archive.extractall(tmp_path / "test")
    paths = list((tmp_path / "test").rglob("*.bin"))
    total = sum(len(read_events(path)[0]) for path in paths)
    assert sum(int(np.sum(frames)) for frames, _ in load("test", **options)) == total


def test_info_has_everything_before_the_archives_are_there(tmp_path):
    info = keras_snn.datasets.info("n_mnist", tmp_path)
    assert (info.input_shape, info.classes) == ((8, 34, 34, 2), 10)
    assert info.class_names == tuple("0123456789")
    assert info.splits == {"train": 54_000, "validation": 6_000, "test": 10_000}
    assert (info.license, info.archives) == ("CC BY-SA 4.0", ("Train.zip", "Test.zip"))
    assert not list(tmp_path.iterdir())


SIZES = {
    "dvs128_gesture": (11, 1_058, 118, 288),
    "cifar10_dvs": (10, 8_100, 900, 1_000),
    "n_caltech101": (101, 7_054, 784, 871),
}


@pytest.mark.parametrize("name", SIZES)
def test_class_names_stand_in_the_order_of_the_labels_and_sizes_are_the_published_ones(name):
    info = keras_snn.datasets.info(name)
    assert (info.classes, *info.splits.values()) == SIZES[name]
    assert len(set(info.class_names)) == info.classes
    if name != "dvs128_gesture":  # numbered by its tables, the others by string order
        assert list(info.class_names) == sorted(info.class_names)


def frames_by_label(dataset):
    return {int(label): frames.numpy() for frames, label in dataset}


@pytest.fixture
def small_cifar10_dvs(tmp_path):
    return {"name": "cifar10_dvs", **written("cifar10_dvs", tmp_path)}


@pytest.mark.parametrize(("rule", "number"), [("fsta", 9), ("tebn", 0)])
def test_split_rule_chooses_the_test_recordings_of_cifar10_dvs(
    rule, number, small_cifar10_dvs, capsys
):
    test = frames_by_label(load("test", split_rule=rule, **small_cifar10_dvs))
    assert f"split_rule='{rule}'" in capsys.readouterr().out
    assert sorted(test) == list(range(10))
    for label, frames in test.items():
        events = recording(number, (128, 128), 100 + 10 * label + number)
        assert np.array_equal(frames, to_frames(events, (128, 128), 10))


def test_frames_of_cifar10_dvs_shrink_by_adding_or_by_the_filter(small_cifar10_dvs):
    options = {**small_cifar10_dvs, "split_rule": "tebn", "size": (64, 64)}
    whole = frames_by_label(load("test", split_rule="tebn", **small_cifar10_dvs))[3]
    added = frames_by_label(load("test", **options))[3]
    filtered = frames_by_label(load("test", antialias=True, **options))[3]
    assert np.array_equal(added, whole.reshape(10, 64, 2, 64, 2, 2).sum((2, 4)))
    weights = np.array([1, 3, 3, 1]) / 4  # pixels 2k - 1 to 2k + 2 make pixel k
    block = whole[:, 9:13, 19:23]
    np.testing.assert_allclose(
        filtered[:, 5, 10], np.einsum("thwp,h,w->tp", block, weights, weights), atol=1e-5
    )
    with pytest.raises(ValueError, match="`antialias` must be False without `size`"):
        load("test", antialias=True, **small_cifar10_dvs)


def test_stratified_split_of_cifar10_dvs_is_a_directory_of_its_own(small_cifar10_dvs):
    load("test", split_rule="tebn", **small_cifar10_dvs)
    totals = [
        sorted(int(frames.numpy().sum()) for frames, _ in load(split, **small_cifar10_dvs))
        for split in ("train", "validation", "test")
    ]
    assert [len(part) for part in totals] == [81, 9, 10]
    assert sorted(itertools.chain(*totals)) == list(range(100, 200))
    with pytest.raises(ValueError, match="`split_rule` must be one of"):
        load("test", split_rule="sma", **small_cifar10_dvs)


@pytest.fixture
def small_n_caltech101(tmp_path):
    return {"name": "n_caltech101", **written("n_caltech101", tmp_path)}


def test_n_caltech101_keeps_the_coordinates_of_its_sensor(small_n_caltech101):
    test = frames_by_label(load("test", **small_n_caltech101))
    assert set(test) == {0, 3, 100}
    events = (recording(k, (180, 240)) for k in range(30))
    written = {to_frames(each, (180, 240), 14).tobytes() for each in events}
    assert all(frames.tobytes() in written for frames in test.values())
    assert len(load("train+validation", **small_n_caltech101)) == 27


@pytest.fixture
def small_gesture(tmp_path):
    return {"name": "dvs128_gesture", **written("dvs128_gesture", tmp_path)}


def test_gestures_are_cut_by_their_tables(small_gesture):
    assert len(load("train+validation", **small_gesture)) == 6
    test = frames_by_label(load("test", **small_gesture))
    events = recording(2, (128, 128))
    for label, start, end in ((0, 1000, 40000), (10, 40000, 70000), (4, 69000, 90000)):
        part = events[(events["t"] >= start) & (events["t"] < end)]
        assert len(part) > 20
        assert np.array_equal(test[label], to_frames(part, (128, 128), 16))
    assert len(test) == 3


def test_gestures_are_unpacked_where_a_kill_leaves_them_to_the_next_preparation(
    small_gesture, tmp_path, monkeypatch
):
    cut = dvs128_gesture._cut

    def look(path):
        assert path.parents[2].name.startswith("incomplete.")
        return cut(path)

    monkeypatch.setattr(dvs128_gesture, "_cut", look)
    load("test", **small_gesture)
    assert not list(tmp_path.rglob("DvsGesture"))
