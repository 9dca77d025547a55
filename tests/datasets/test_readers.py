"""Recordings in each format, whole and damaged."""

import pickle
import re

import h5py
import numpy as np
import pytest
import scipy.io

from keras_snn.datasets.events import EVENT
from keras_snn.datasets.readers import DamagedFileError, read_events
from tests.datasets import writers
from tests.datasets.writers import random_events

WIDE = (260, 346)
CAMERAS = {
    "a.bin": (writers.atis, (128, 128), None),
    "a.aedat": (writers.aedat2_dvs128, (128, 128), (128, 128)),
    "davis.aedat": (writers.aedat2_davis346, WIDE, WIDE),
    "gesture.aedat": (writers.aedat3, (128, 128), (128, 128)),
    "b.aedat4": (lambda events: writers.aedat4(events, WIDE), WIDE, WIDE),
    "c.dat": (writers.dat, (128, 128), (128, 128)),
    "two.raw": (writers.evt2, (128, 128), (128, 128)),
    "three.raw": (writers.evt3, (128, 128), (128, 128)),
    "d.csv": (writers.csv, WIDE, None),
}


@pytest.mark.parametrize("name", CAMERAS)
def test_file_of_each_camera_gives_the_events_that_were_written(name, tmp_path):
    write, size, told = CAMERAS[name]
    events = random_events(size=size)
    (tmp_path / name).write_bytes(write(events))
    found, found_size = read_events(tmp_path / name)
    assert found.dtype == EVENT
    assert np.array_equal(found, events)
    assert found_size == told


@pytest.mark.parametrize("name", [name for name in CAMERAS if name != "d.csv"])
def test_file_that_ends_within_an_event_names_itself_and_the_byte(name, tmp_path):
    write, size, _ = CAMERAS[name]
    whole = write(random_events(size=size))
    path = tmp_path / name
    path.write_bytes(whole[:-1])
    with pytest.raises(DamagedFileError) as caught:
        read_events(path)
    message = rf"^{re.escape(str(path))} is damaged at byte {caught.value.byte}: expected .*, found"
    assert re.match(message, str(caught.value))
    assert len(whole) - 1200 < caught.value.byte < len(whole)


@pytest.mark.parametrize("name", [*CAMERAS, "e.h5", "f.npy", "g.npz", "h.txt", "i.mat"])
def test_empty_file_is_refused(name, tmp_path):
    (tmp_path / name).write_bytes(b"")
    with pytest.raises(DamagedFileError, match=rf"{name} is damaged at byte 0: .* an empty file$"):
        read_events(tmp_path / name)


@pytest.mark.parametrize("name", [*CAMERAS, "e.h5", "f.npy", "g.npz", "h.txt", "i.mat"])
def test_file_of_another_kind_is_refused(name, tmp_path):
    (tmp_path / name).write_bytes(bytes(range(251)))
    with pytest.raises(DamagedFileError, match=rf"{name} is damaged at byte \d+: expected"):
        read_events(tmp_path / name)


def test_error_of_a_damaged_file_can_be_sent_between_processes(tmp_path):
    error = DamagedFileError(tmp_path, 3, "this", "that")
    assert str(pickle.loads(pickle.dumps(error))) == str(error)


DAMAGED = [
    ("a.bin", lambda w: w[:1] + b"\xf0" + w[2:], "byte 1: expected a row below 240, found an over"),
    ("a.aedat", lambda w: w[:24] + b"\x01" + w[25:], "byte 24: expected an address of a DVS128"),
    ("a.aedat", lambda w: w[1:], "byte 0: expected #!AER-DAT2.0"),
    ("gesture.aedat", lambda w: w.replace(b"#!END", b"#!EMD"), "expected a line #!END-HEADER"),
    ("c.dat", lambda w: w.replace(b"Version 2", b"Version 1"), "a header line '% Version 2'"),
    ("c.dat", lambda w: w.replace(b"\x0c\x08", b"\x0c\x09", 1), "byte 37: expected the type"),
    ("c.dat", lambda w: w.replace(b"Width 128", b"Width 100"), "an event on a sensor of 100x128"),
    ("two.raw", lambda w: w.replace(b"evt 2.0", b"evt 2.1"), "a header that names EVT2 or EVT3"),
    ("two.raw", lambda w: w[:35] + w[39:], "byte 35: expected time, row and base column first"),
    ("two.raw", lambda w: w[:38] + b"\x20" + w[39:], "byte 35: expected a word of EVT2"),
    ("three.raw", lambda w: w[:41] + w[43:], "byte 45: expected time, row and base column first"),
    ("three.raw", lambda w: w[:42] + b"\x90" + w[43:], "byte 41: expected a word of EVT3"),
    ("b.aedat4", lambda w: w[:200], "byte 14: expected a whole packet"),
    ("d.csv", lambda w: w.replace(b"\n", b",7\n", 3).replace(b",7", b"", 2), "in line 3, found"),
    ("d.csv", lambda w: w + b"1,2,x,0\n", "expected 4 numbers in line 202, found '1,2,x,0'"),
]


@pytest.mark.parametrize(("name", "damage", "message"), DAMAGED)
def test_damage_is_named_with_what_was_expected_and_found(name, damage, message, tmp_path):
    write, size, _ = CAMERAS[name]
    (tmp_path / name).write_bytes(damage(write(random_events(size=size))))
    with pytest.raises(DamagedFileError, match=re.escape(message)):
        read_events(tmp_path / name)


def test_slots_of_a_packet_that_are_unused_or_invalid_are_no_events(tmp_path):
    events = random_events()
    content = bytearray(writers.aedat3(events, spare=3))
    start = content.index(b"#!END-HEADER\r\n") + 14 + 28
    content[start] &= 0xFE  # the first event
    (tmp_path / "a.aedat").write_bytes(content)
    assert np.array_equal(read_events(tmp_path / "a.aedat")[0], events[1:])


def test_words_of_images_motion_and_triggers_are_no_events(tmp_path):
    others = [[1 << 31 | 5 << 12, 3], [1 << 10 | 7 << 22, 4]]
    events = random_events(size=WIDE)
    (tmp_path / "a.aedat").write_bytes(writers.aedat2_davis346(events, others))
    assert np.array_equal(read_events(tmp_path / "a.aedat")[0], events)


LONG = {"a.aedat": 2**32 - 500, "gesture.aedat": 2**31 - 500, "two.raw": 2**34 - 500}
LONG |= {"three.raw": 2**24 - 500, "c.dat": 2**32 - 500}


@pytest.mark.parametrize("name", LONG)
def test_clock_that_starts_anew_goes_on(name, tmp_path):
    events = random_events(length=1000)
    events["t"] += LONG[name]
    content = CAMERAS[name][0](events, **({"per_packet": 1} if name == "gesture.aedat" else {}))
    (tmp_path / name).write_bytes(content)
    assert np.array_equal(read_events(tmp_path / name)[0]["t"], events["t"])


def test_sensor_is_known_from_the_camera_where_the_header_has_no_size(tmp_path):
    events = random_events()
    headers = {"% evt 2.0\n% plugin_name hal_plugin_gen31_fx3\n": (480, 640), "% evt 2.0\n": None}
    for header, size in headers.items():
        (tmp_path / "a.raw").write_bytes(writers.evt2(events, header))
        assert read_events(tmp_path / "a.raw")[1] == size


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.txt", lambda e: writers.csv(e, "", " ")),
        ("a.txt", lambda e: writers.csv(e, "# a comment\n\n", "\t")),
        ("a.csv", lambda e: writers.csv(e, '"X"; "Y"; "timestamp"; "polarity"\n', "; ")),
    ],
)
def test_text_may_have_other_separators_and_names(name, content, tmp_path):
    events = random_events()
    (tmp_path / name).write_bytes(content(events))
    assert np.array_equal(read_events(tmp_path / name)[0], events)


def test_text_in_seconds_needs_its_unit(tmp_path):
    (tmp_path / "a.csv").write_text("t,x,y,p\n0.25,3,4,-1\n0.5,1,2,1\n")
    events, _ = read_events(tmp_path / "a.csv", time_unit="s")
    assert events.tolist() == [(3, 4, 250_000, False), (1, 2, 500_000, True)]
    with pytest.raises(ValueError, match="`time_unit` must be"):
        read_events(tmp_path / "a.csv")


def test_text_without_events_is_an_empty_recording(tmp_path):
    (tmp_path / "a.csv").write_text("x,y,t,p\n")
    assert read_events(tmp_path / "a.csv")[0].shape == (0,)


def test_arrays_of_numpy_are_read_in_each_layout(tmp_path):
    events = random_events()
    fields = {name: events[name] for name in "xytp"}
    np.save(tmp_path / "fields.npy", events)
    np.save(tmp_path / "table.npy", np.stack(list(writers.columns(events)), axis=1))
    np.savez(tmp_path / "columns.npz", **fields)
    np.savez_compressed(tmp_path / "only.npz", events=events)
    for path in tmp_path.iterdir():
        assert np.array_equal(read_events(path)[0], events), path
    path = tmp_path / "fields.npy"
    path.write_bytes(path.read_bytes()[:-5])
    with pytest.raises(DamagedFileError, match=r"fields\.npy is damaged at byte"):
        read_events(path)
    np.savez(tmp_path / "three.npz", x=events["x"], t=events["t"], p=events["p"])
    with pytest.raises(ValueError, match="`events` must have the four fields x, y, t, p"):
        read_events(tmp_path / "three.npz")


def test_hdf5_is_read_in_each_layout(tmp_path):
    events = random_events()
    writers.hdf5_compound(tmp_path / "a.h5", events, height=128, width=130)
    assert read_events(tmp_path / "a.h5")[1] == (128, 130)
    writers.hdf5_columns(tmp_path / "b.hdf5", events, {n: n for n in "xytp"}, offset=7)
    found, size = read_events(tmp_path / "b.hdf5")
    assert size is None
    assert np.array_equal(found["t"], events["t"] + 7)
    names = {"x": "xs", "y": "ys", "t": "ts", "p": "ps"}
    writers.hdf5_columns(tmp_path / "c.h5", events, names)
    for name in ("a.h5", "c.h5"):
        assert np.array_equal(read_events(tmp_path / name)[0], events)


def test_hdf5_with_several_recordings_asks_for_one(tmp_path):
    path = tmp_path / "many.h5"
    with h5py.File(path, "w") as file:
        for name in ("a/1", "a/2"):
            file[name] = random_events(seed=int(name[-1]))
    message = r"`recording` must name one of the 2 recordings of .*many.h5 \('a/1', 'a/2'\)"
    with pytest.raises(ValueError, match=message):
        read_events(path)
    assert np.array_equal(read_events(path, recording="a/2")[0], random_events(seed=2))


def test_spike_trains_of_shd_are_microseconds_on_700_units(tmp_path):
    path = tmp_path / "shd.h5"
    writers.shd(path, [([0.5], [3]), ([0.1, 1.0], [699, 0])])
    events, size = read_events(path, recording=1)
    # The half-precision number next to 0.1 is 0.0999755859375.
    assert events.tolist() == [(699, 0, 99_976, True), (0, 0, 1_000_000, True)]
    assert size == (1, 700)
    with pytest.raises(ValueError, match="`recording` must be a row from 0 to 1"):
        read_events(path)


def test_spike_trains_of_a_touch_sensor_form_one_row(tmp_path):
    train = np.zeros((5, 3))
    train[:, 0], train[:, 2], train[4] = [-1, 0, 0, 1, 0], [0, 1, 0, 0, 0], [0.1, 0.2, 0.3]
    scipy.io.savemat(tmp_path / "a.mat", {"spiketrain": train})
    events, size = read_events(tmp_path / "a.mat")
    assert size == (1, 4)
    assert [(int(x), int(t), bool(p)) for x, _, t, p in events] == [
        (0, 100_000, False),
        (3, 100_000, True),
        (1, 300_000, True),
    ]


def test_format_and_its_options_are_checked(tmp_path):
    with pytest.raises(FileNotFoundError, match="There is no file"):
        read_events(tmp_path / "a.bin")
    path = tmp_path / "a.events"
    path.write_bytes(writers.atis(random_events()))
    assert len(read_events(path, format="atis")[0]) == 200
    with pytest.raises(ValueError, match=r"`path` must have one of the suffixes .aedat, .aedat4"):
        read_events(path)
    with pytest.raises(ValueError, match="`format` must be one of 'atis', 'aedat2'"):
        read_events(path, format="bin")
    with pytest.raises(ValueError, match=r"`time_unit` must be None for a\.events"):
        read_events(path, format="atis", time_unit="s")
