"""What stood at a path stays there until the new file is complete."""

import errno
import os

import keras
import pytest

from keras_snn.export import export_litert, export_nir, export_onnx, export_savedmodel
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


def test_a_failed_move_leaves_the_old_folder(model, tmp_path, monkeypatch):
    path = export_savedmodel(model, tmp_path / "served")
    before, replace = _content(path), os.replace

    def move(source, target):
        if str(target) == str(path) and os.path.basename(source) != "before":
            _full_disk()
        replace(source, target)

    monkeypatch.setattr(os, "replace", move)
    with pytest.raises(OSError, match="No space left on device"), draft_path(path) as draft:
        draft.mkdir()
    assert _content(path) == before
    assert [*tmp_path.iterdir()] == [path]


def test_a_folder_is_replaced_as_a_whole(model, tmp_path):
    path = export_savedmodel(model, tmp_path / "served")
    (path / "old").touch()
    export_savedmodel(model, path)
    assert not (path / "old").exists()
    assert [*tmp_path.iterdir()] == [path]


def _content(path):
    files = [path] if path.is_file() else sorted(p for p in path.rglob("*") if p.is_file())
    return {str(file): file.read_bytes() for file in files}
