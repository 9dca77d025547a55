"""Files of recordings with damage drawn at random, in every format."""

import functools
import io
import tempfile
from pathlib import Path

import numpy as np
import pytest
import scipy.io
from hypothesis import given, settings
from hypothesis import strategies as st

from keras_snn.datasets import to_frames
from keras_snn.datasets.events import EVENT
from keras_snn.datasets.readers import FORMATS, DamagedFileError, read_events
from tests import search
from tests.datasets import writers
from tests.datasets.test_readers import CAMERAS

NAMES = [*CAMERAS, "e.h5", "f.npy", "g.npz", "h.txt", "i.mat"]


def test_every_format_is_damaged():
    suffixes = {Path(name).suffix for name in NAMES}
    assert all(suffixes.intersection(row.suffixes) for row in FORMATS.values())


@functools.cache
def whole(name: str) -> bytes:
    """A file without damage."""
    if name in CAMERAS:
        write, size, _ = CAMERAS[name]
        return write(writers.random_events(40, size=size))
    events = writers.random_events(40)
    if name == "h.txt":
        return writers.csv(events, "", " ")
    file = io.BytesIO()
    if name == "f.npy":
        np.save(file, events)
    elif name == "g.npz":
        np.savez(file, **{field: events[field] for field in "xytp"})
    elif name == "i.mat":
        train = np.zeros((3, 6))
        train[0, ::2], train[2] = 1, np.arange(6) / 10
        scipy.io.savemat(file, {"spiketrain": train})
    else:
        writers.hdf5_compound(file, events, height=128, width=128)
    return file.getvalue()


CASES = st.tuples(st.sampled_from(NAMES), search.DAMAGES)


def check(case: tuple[str, list[search.Damage]]) -> None:
    """Reading gives events that are sound, or one sentence."""
    name, damages = case
    content = search.damaged(whole(name), damages)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(content)
        found = search.works_or_is_refused(lambda: read_events(path))
        if found is None:
            return
        events, size = found
        assert events.dtype == EVENT
        np.save(path.with_suffix(".npy"), events)
        np.testing.assert_array_equal(read_events(path.with_suffix(".npy"))[0], events)
    if size is not None and np.prod(size) < 10**6:
        frames = search.works_or_is_refused(
            lambda: to_frames(events, (*size, 2), time_steps=2, slice_by="count")
        )
        assert frames is None or frames.sum() == len(events)


@given(CASES)
@settings(max_examples=60)
def test_damaged_files_give_events_or_one_sentence(case):
    check(case)


@pytest.mark.slow
@given(CASES)
@settings(max_examples=4000)
def test_many_damaged_files_give_events_or_one_sentence(case):
    check(case)


class Runs:
    """A pickle that would write a file when it is loaded."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return open, (str(self.path), "w")


@pytest.mark.parametrize("name", ["f.npy", "g.npz"])
def test_recordings_that_would_run_code_are_refused(name, tmp_path):
    sign, path = tmp_path / "it ran", tmp_path / name
    save = np.save if name == "f.npy" else np.savez
    save(path, np.array([Runs(sign)], dtype=object))
    sign.unlink(missing_ok=True)
    with pytest.raises(DamagedFileError, match="is damaged at byte"):
        read_events(path)
    assert not sign.exists()
