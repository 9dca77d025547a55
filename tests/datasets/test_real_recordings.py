"""Recordings of real cameras, held against other people's readers."""

import zipfile

import numpy as np
import pytest
import tonic.io
from expelliarmus import Wizard

from keras_snn.datasets import read_events, to_frames
from tests.real_recordings import real_recording

FILES = {
    "n_mnist.bin": (4_325, None),
    "n_cars.dat": (2_009, None),
    "n_cars_2.dat": (1_756, None),
    "evt2_600x476.raw": (539_481, (480, 640)),
    "evt3_1280x720.raw": (219_596, (720, 1280)),
    "dv_320x240.aedat4": (111_954, (240, 320)),
    "st_mnist.mat": (2_346, (1, 100)),
}


@pytest.mark.parametrize("name", FILES)
def test_real_recording_has_its_events_and_all_of_them_come_into_frames(name):
    events, size = read_events(real_recording(f"cameras/{name}"))
    assert (len(events), size) == FILES[name]
    assert np.all(np.diff(events["t"]) >= 0)
    sensor = size or (int(events["y"].max()) + 1, int(events["x"].max()) + 1)
    for slice_by in ("count", "time"):
        assert to_frames(events, sensor, 5, slice_by, size=(1, 30)).sum() == len(events)


ENCODINGS = {"n_cars.dat": "dat", "n_cars_2.dat": "dat", "evt2_600x476.raw": "evt2"}
ENCODINGS["evt3_1280x720.raw"] = "evt3"


@pytest.mark.parametrize("name", ENCODINGS)
def test_prophesee_recordings_equal_those_of_expelliarmus(name):
    path = real_recording(f"cameras/{name}")
    events, _ = read_events(path)
    theirs = Wizard(encoding=ENCODINGS[name]).read(path)
    # Its times of EVT3 run 45 ms beyond the last high word of the clock, 2863 * 4096.
    for field in "xyp" if ENCODINGS[name] == "evt3" else "xytp":
        assert np.array_equal(events[field], theirs[field]), field


def test_times_of_evt3_lie_within_the_words_of_its_clock():
    events, _ = read_events(real_recording("cameras/evt3_1280x720.raw"))
    assert events["t"][0] == 2861 * 4096
    assert 2863 * 4096 <= events["t"][-1] < 2864 * 4096


def test_atis_and_aedat4_recordings_equal_those_of_tonic():
    path = real_recording("cameras/n_mnist.bin")
    theirs = tonic.io.read_mnist_file(str(path), dtype=tonic.io.events_struct)
    assert np.array_equal(read_events(path)[0], theirs)
    path = real_recording("cameras/dv_320x240.aedat4")
    theirs = tonic.io.read_aedat4(str(path))
    events, _ = read_events(path)
    assert all(np.array_equal(events[field], theirs[field]) for field in "xyt")
    assert np.array_equal(events["p"], theirs["on"])


def test_forty_recordings_of_one_file_are_read_with_their_unit():
    path = real_recording("cameras/forty_recordings_seconds.h5")
    with pytest.raises(ValueError, match="`recording` must name one of the 40 recordings"):
        read_events(path)
    events, _ = read_events(path, recording="0/00004", time_unit="s")
    assert (len(events), int(events["t"][0]), int(events["t"][-1])) == (5_293, 581, 308_529)
    with pytest.raises(ValueError, match="`time_unit` must be"):
        read_events(path, recording="0/00004")


def test_hundred_recordings_of_n_mnist_are_read(tmp_path):
    with zipfile.ZipFile(real_recording("n_mnist_small/Test.zip")) as archive:
        archive.extractall(tmp_path)
    recordings = [read_events(path)[0] for path in tmp_path.rglob("*.bin")]
    assert len(recordings) == 100
    for events in recordings:
        assert to_frames(events, (34, 34), 8).sum() == len(events) > 1000
