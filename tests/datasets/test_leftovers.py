"""A preparation removes what killed ones left, unless another process still writes."""

import subprocess
import sys

import pytest

from keras_snn.datasets import EventDigits, event_digits, leftovers
from keras_snn.datasets.catalog import prepare
from keras_snn.datasets.leftovers import preparing

PREPARE = """
import pathlib, sys
from keras_snn.datasets.leftovers import preparing
with preparing(pathlib.Path(sys.argv[1])):
    print("ready", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def leftover(tmp_path):
    """An unfinished folder of event_digits with other settings, and a file in it."""
    folder = tmp_path / "event_digits" / "settings_0" / "incomplete.ABC123_1.0.0"
    (folder / "tmp").mkdir(parents=True)
    (folder / "tmp" / "event_digits-train.tfrecord").write_bytes(b"half")
    return folder


@pytest.fixture
def other(tmp_path):
    """Another process that prepares the set, until its input is closed or it is killed."""
    command = [sys.executable, "-c", PREPARE, str(tmp_path / "event_digits")]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, **pipes) as process:
        assert process.stdout.readline() == b"ready\n"
        yield process
        process.kill()


def test_next_preparation_removes_leftovers_of_its_set_only(few_digits, leftover, tmp_path):
    foreign = tmp_path / "n_mnist" / "settings_0" / "incomplete.ABC123_1.0.0"
    foreign.mkdir(parents=True)
    assert prepare("event_digits", tmp_path).is_prepared()
    assert not leftover.exists()
    assert foreign.exists()
    with preparing(tmp_path / "event_digits"):
        assert EventDigits(data_dir=tmp_path).is_prepared()


def test_unfinished_list_of_settings_is_removed(tmp_path):
    half = tmp_path / "event_digits" / ".config" / "incomplete.0123456789abcdef.metadata.json"
    half.parent.mkdir(parents=True)
    half.write_text("{")
    with preparing(tmp_path / "event_digits"):
        assert not half.exists()


def test_folders_stay_while_any_process_prepares_the_set(other, tmp_path):
    folder = tmp_path / "event_digits" / "settings_0" / "incomplete.ABC123_1.0.0"
    folder.mkdir(parents=True)
    with preparing(tmp_path / "event_digits"):
        assert folder.exists()
        other.kill()
        other.wait()
        with preparing(tmp_path / "event_digits"):
            assert folder.exists()
    with preparing(tmp_path / "event_digits"):
        assert not folder.exists()


def test_lock_is_released_after_an_error(leftover, tmp_path):
    folder = tmp_path / "event_digits"
    with pytest.raises(MemoryError), preparing(folder):
        raise MemoryError
    leftover.mkdir(parents=True)
    with preparing(folder):
        assert not leftover.exists()


def test_nothing_is_removed_where_folders_cannot_be_locked(leftover, tmp_path, monkeypatch):
    def refuse(handle, operation):
        raise OSError("No locks available")

    monkeypatch.setattr(leftovers.fcntl, "flock", refuse)
    with preparing(tmp_path / "event_digits"):
        assert leftover.exists()
    monkeypatch.setattr(leftovers, "fcntl", None)
    with preparing(tmp_path / "event_digits"):
        assert leftover.exists()


def test_own_folder_stays_while_the_same_process_prepares_again(few_digits, tmp_path, monkeypatch):
    record, seen = event_digits.record, []

    def look(*arguments):
        with preparing(tmp_path / "event_digits"):
            seen.append(len(list(tmp_path.glob("event_digits/*/incomplete.*"))))
        return record(*arguments)

    monkeypatch.setattr(event_digits, "record", look)
    EventDigits(data_dir=tmp_path).download_and_prepare()
    assert set(seen) == {1}
