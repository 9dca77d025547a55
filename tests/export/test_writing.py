"""What stood at a path stays there until the new file is complete."""

import errno
import os
import shutil
import subprocess
import sys

import keras
import pytest

from keras_snn.export import export_litert, export_nir, export_onnx, export_savedmodel, replacing
from keras_snn.export.writing import draft_path
from keras_snn.layers import LIF


@pytest.fixture
def model():
    inputs = keras.Input((2, 3))
    return keras.Model(inputs, keras.layers.Dense(2)(inputs))


def _full_disk(*args, **kwargs):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize(
    ("export", "name"),
    [
        (export_savedmodel, "served"),
        (export_litert, "model.tflite"),
        (export_onnx, "model.onnx"),
    ],
)
def test_a_full_disk_is_named_and_leaves_the_old_file(model, export, name, tmp_path, monkeypatch):
    path = tmp_path / name
    export(model, path)
    before = _content(path)
    monkeypatch.setattr(type(model), "export", _full_disk)
    with pytest.raises(OSError, match="No space left on device"):
        export(model, path)
    assert _content(path) == before
    assert [*tmp_path.iterdir()] == [path]


def test_a_full_disk_leaves_the_old_graph(tmp_path, monkeypatch):
    nir = pytest.importorskip("nir")
    inputs = keras.Input((2, 3))
    model = keras.Model(inputs, LIF()(keras.layers.Dense(2)(inputs)))
    path = export_nir(model, tmp_path / "network.nir").path
    before = _content(path)

    def half(target, graph):
        target.write_bytes(b"half a file")
        _full_disk()

    monkeypatch.setattr(nir, "write", half)
    with pytest.raises(OSError, match="No space left on device"):
        export_nir(model, path)
    assert _content(path) == before
    assert [*tmp_path.iterdir()] == [path]


@pytest.fixture
def old_folder(tmp_path):
    """A folder that stands where another will be written."""
    (tmp_path / "served").mkdir()
    (tmp_path / "served" / "old").touch()
    return tmp_path / "served"


def test_a_failed_move_leaves_the_old_folder(old_folder, monkeypatch):
    before, replace = _content(old_folder), os.replace

    def move(source, target):
        if target == old_folder and not source.name.startswith(replacing.ASIDE):
            _full_disk()
        replace(source, target)

    monkeypatch.setattr(replacing, "_exchange", lambda *paths: False)
    monkeypatch.setattr(os, "replace", move)
    with pytest.raises(OSError, match="No space left on device"), draft_path(old_folder) as draft:
        draft.mkdir()
    assert _content(old_folder) == before
    assert [*old_folder.parent.iterdir()] == [old_folder]


@pytest.mark.parametrize("steps", [1, 2])
def test_a_folder_is_replaced_as_a_whole(steps, old_folder, monkeypatch):
    if steps == 2:
        monkeypatch.setattr(replacing, "_exchange", lambda *paths: False)
    elif sys.platform == "linux":
        monkeypatch.setattr(os, "replace", _full_disk)
    with draft_path(old_folder) as draft:
        draft.mkdir()
        (draft / "new").touch()
    assert [file.name for file in old_folder.iterdir()] == ["new"]
    assert [*old_folder.parent.iterdir()] == [old_folder]


def test_a_folder_that_a_killed_export_moved_aside_is_put_back(old_folder):
    killed = subprocess.Popen([sys.executable, "-c", ""])
    killed.wait()
    before = _content(old_folder)
    left = old_folder.parent / f".draft_{killed.pid}_x"
    left.mkdir()
    os.replace(old_folder, left / f"{replacing.ASIDE}served")
    with pytest.raises(OSError, match="No space left on device"), draft_path(old_folder):
        _full_disk()
    assert _content(old_folder) == before
    assert [*old_folder.parent.iterdir()] == [old_folder]


DAMAGE = {
    "half": lambda file: file.write_bytes(file.read_bytes()[: file.stat().st_size // 2]),
    "empty": lambda file: file.write_bytes(b""),
    "absent": os.remove,
}
FILES = ["saved_model.pb", "variables/variables.index", "variables/variables.data-00000-of-00001"]


def test_a_damaged_saved_model_is_refused_in_one_sentence(model, old_folder, monkeypatch):
    (old_folder / "saved_model.pb").touch()
    before, whole = _content(old_folder), export_savedmodel(model, old_folder.parent / "whole")
    for file in FILES:
        for damage in DAMAGE.values():

            def export(model, path, file=file, damage=damage, **options):
                shutil.copytree(whole, path)
                damage(path / file)

            monkeypatch.setattr(type(model), "export", export)
            with pytest.raises(ValueError, match="`model` must run from the written file") as error:
                export_savedmodel(model, old_folder)
            assert "\n" not in str(error.value)
            assert _content(old_folder) == before


def _content(path):
    files = [path] if path.is_file() else sorted(p for p in path.rglob("*") if p.is_file())
    return {str(file): file.read_bytes() for file in files}
