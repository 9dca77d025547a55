"""Files of weights with damage drawn at random: refused in one sentence, or loaded as a whole."""

import functools
import tempfile
from pathlib import Path

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keras_snn import applications, layers
from keras_snn.checkpoints import load_pytorch
from keras_snn.checkpoints.loading import named_weights
from tests import search
from tests.applications.miniatures import VGG
from tests.checkpoints import pytorch_names

FOREIGN = ("w.npz", "w.pth", "w.safetensors")
OWN = ("w.keras", "w.weights.h5")
SMALL = {**VGG, "input_shape": (2, 32, 32, 2)}


@functools.cache
def layer() -> keras.layers.Layer:
    found = layers.FSTA(3, reduction=3)
    found.build((None, 4, 5, 6, 7))
    return found


def foreign() -> dict[str, np.ndarray]:
    """The layer's weights under the authors' names."""
    found = {"time_kernel": "fc_t.weight"}
    found |= {f"{conv}/kernel": f"{name}.weight" for conv, name in pytorch_names.FSTA.items()}
    return {
        found.get(path, path): np.ascontiguousarray(pytorch_names.layout(path, np.asarray(v)))
        for path, v in named_weights(layer()).items()
    }


@functools.cache
def whole(name: str) -> bytes:
    """A file without damage: of the layer in PyTorch's layout, or of a network in Keras's."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        if name in OWN:
            model = applications.VGG8(**SMALL)
            (model.save if name == "w.keras" else model.save_weights)(path)
            return path.read_bytes()
        pytorch_names.write(path, foreign())
        return path.read_bytes()


def cases(names: tuple[str, ...]) -> st.SearchStrategy:
    return st.tuples(st.sampled_from(names), search.DAMAGES)


def check_layer(case: tuple[str, list[search.Damage]]) -> None:
    """Where the file is refused, the layer keeps every weight."""
    name, damages = case
    before = [np.copy(w) for w in layer().get_weights()]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(search.damaged(whole(name), damages))
        if search.works_or_is_refused(lambda: load_pytorch(layer(), path)) is not None:
            layer().set_weights(before)
    for kept, old in zip(layer().get_weights(), before, strict=True):
        np.testing.assert_array_equal(kept, old)


def check_network(case: tuple[str, list[search.Damage]]) -> None:
    """A network is built with the file's weights, or not at all."""
    name, damages = case
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(search.damaged(whole(name), damages))
        search.works_or_is_refused(lambda: applications.VGG8(**SMALL, weights=path))


def test_files_without_damage_are_loaded(tmp_path):
    for name in FOREIGN:
        (tmp_path / name).write_bytes(whole(name))
        assert load_pytorch(layer(), tmp_path / name) is layer()
    for name in OWN:
        (tmp_path / name).write_bytes(whole(name))
        assert applications.VGG8(**SMALL, weights=tmp_path / name).built


@given(cases(FOREIGN))
@settings(max_examples=60)
def test_damaged_files_of_pytorch_load_as_a_whole_or_not_at_all(case):
    check_layer(case)


@pytest.mark.slow
@given(cases(FOREIGN))
@settings(max_examples=1500)
def test_many_damaged_files_of_pytorch_load_as_a_whole_or_not_at_all(case):
    check_layer(case)


@pytest.mark.slow
@given(cases(OWN))
@settings(max_examples=30)
def test_damaged_files_of_keras_load_as_a_whole_or_not_at_all(case):
    check_network(case)


def test_a_keras_file_that_would_run_code_is_refused(tmp_path):
    inputs = keras.Input((3,))
    outputs = keras.layers.Lambda(lambda x: x + 1, output_shape=(3,))(inputs)
    keras.Model(inputs, outputs).save(tmp_path / "w.keras")
    with pytest.raises(ValueError, match="`weights` must be a whole file of this") as error:
        applications.VGG8(**SMALL, weights=tmp_path / "w.keras")
    assert "\n" not in str(error.value)
