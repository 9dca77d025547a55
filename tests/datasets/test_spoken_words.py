"""SHD and SSC are read from their archives: labels by their words, speakers held out."""

import zipfile

import numpy as np
import pytest

import keras_snn.datasets
from keras_snn.datasets import to_frames
from keras_snn.datasets.readers.hdf5 import read_hdf5
from tests.datasets import small_archives
from tests.datasets.small_archives import md5_of, write_spikes


@pytest.fixture
def small_shd(tmp_path):
    folder = keras_snn.datasets.info("shd", tmp_path).archive_dir
    return {"data_dir": tmp_path, "md5": small_archives.shd(folder)}


def test_frames_and_labels_of_shd_are_those_of_its_file(small_shd, tmp_path):
    test = {
        int(label): frames.numpy()
        for frames, label in keras_snn.datasets.load("shd", "test", time_steps=7, **small_shd)
    }
    assert set(test) == {0, 3, 15, 19}
    file = keras_snn.datasets.info("shd", tmp_path).archive_dir / "shd_test.h5"
    for row, label in enumerate((19, 3, 15, 0)):
        events, size = read_hdf5(file, row)
        assert size == (1, 700)
        np.testing.assert_array_equal(test[label], to_frames(events, (700,), 7, "time"))


def test_last_speaker_of_shd_validates(small_shd):
    def labels(split):
        return sorted(int(y) for _, y in keras_snn.datasets.load("shd", split, **small_shd))

    assert labels("validation") == [2, 5]
    assert labels("train") == [0, 1, 3, 4, 6, 7, 8, 9, 10, 11]
    assert labels("train+validation") == list(range(12))


def test_slices_of_a_fixed_duration_are_padded_in_a_batch(small_shd):
    options = {**small_shd, "slice_by": "duration", "duration": 50_000}
    single = [f.numpy() for f, _ in keras_snn.datasets.load("shd", "test", **options)]
    assert len({len(frames) for frames in single}) > 1
    batch, _ = next(iter(keras_snn.datasets.load("shd", "test", batch_size=4, **options)))
    assert batch.shape == (4, max(map(len, single)), 700)
    for padded, frames in zip(batch.numpy(), single, strict=True):
        np.testing.assert_array_equal(padded[: len(frames)], frames)
        assert not padded[len(frames) :].any()


def test_labels_of_ssc_follow_the_words_and_not_the_order_of_the_file(tmp_path):
    folder = keras_snn.datasets.info("ssc", tmp_path).archive_dir
    options = {"data_dir": tmp_path, "md5": small_archives.ssc(folder)}
    found = {
        split: [int(label) for _, label in keras_snn.datasets.load("ssc", split, **options)]
        for split in ("train", "validation", "test")
    }
    assert sorted(found["train"]) == list(range(35))
    assert (found["validation"], sorted(found["test"])) == ([34], [0, 33])


def test_other_words_and_damaged_files_build_nothing(small_shd, tmp_path):
    folder = keras_snn.datasets.info("shd", tmp_path).archive_dir
    path = write_spikes(folder, "shd_test.h5.zip", [0], ["yes", "no"])
    md5 = {**small_shd["md5"], **md5_of(folder / "shd_test.h5.zip")}
    with pytest.raises(ValueError, match="`archive` must have the words zero, one"):
        keras_snn.datasets.load("shd", "test", data_dir=tmp_path, md5=md5)
    with zipfile.ZipFile(folder / "shd_test.h5.zip", "w") as archive:
        archive.writestr(path.name, path.read_bytes()[:200])
    md5 |= md5_of(folder / "shd_test.h5.zip")
    with pytest.raises(ValueError, match=r"shd_test\.h5 is damaged at"):
        keras_snn.datasets.load("shd", "test", data_dir=tmp_path, md5=md5)
    assert not list(tmp_path.rglob("*.tfrecord*"))


def test_info_of_spoken_words():
    shd, ssc = (keras_snn.datasets.info(name) for name in ("shd", "ssc"))
    assert (shd.input_shape, shd.classes) == ((100, 700), 20)
    assert shd.splits == {"train+validation": 8_156, "test": 2_264}
    assert (ssc.classes, sum(ssc.splits.values())) == (35, 105_829)
    assert list(ssc.class_names) == sorted(ssc.class_names)
