"""`weights=`: our files and the authors', with another classifier or none."""

import keras
import numpy as np
import pytest

from keras_snn.checkpoints.loading import named_weights
from tests.applications.miniatures import IMAGE, liven, miniature
from tests.checkpoints.pytorch_names import state_dict, write

FAMILIES = ["SMAVGG8", "SMAResNet18", "FSTAResNet19"]
KINDS = [".weights.h5", ".keras", ".npz"]
HEADS = {"SMAVGG8": ("fc1", "fc2", "predictions")}


def written(model, folder, kind):
    path = folder / f"model{kind}"
    if kind == ".npz":
        np.savez(path, **state_dict(model))
    elif kind == ".keras":
        model.save(path)
    else:
        model.save_weights(path)
    return path


def equal(model, wanted, but=()):
    """Asserts that all weights but those of the layers `but` are those of `wanted`."""
    theirs = named_weights(wanted)
    for path, variable in named_weights(model).items():
        if path.split("/")[0] not in but:
            np.testing.assert_array_equal(variable, theirs[path], err_msg=path)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", FAMILIES)
def test_all_or_all_but_the_classifier(name, kind, tmp_path):
    model = liven(miniature(name))
    path = written(model, tmp_path, kind)
    equal(miniature(name, weights=path), model)
    equal(miniature(name, weights=str(path), classes=3), model, but=("predictions",))
    headless = miniature(name, weights=path, include_top=False)
    equal(headless, model)
    assert not {p.split("/")[0] for p in named_weights(headless)} & set(
        HEADS.get(name, ("predictions",))
    )


def test_torch_and_safetensors_files(tmp_path):
    model = liven(miniature("MSResNet18"))
    state = {key: np.array(value, "float32") for key, value in state_dict(model).items()}
    for kind in (".pth", ".safetensors"):
        write(tmp_path / f"model{kind}", state)
        equal(miniature("MSResNet18", weights=tmp_path / f"model{kind}"), model)


def test_headless_files_fit_headless_models(tmp_path):
    model = liven(miniature("FSTAResNet19", include_top=False))
    for kind in (".weights.h5", ".keras"):
        path = written(model, tmp_path, kind)
        equal(miniature("FSTAResNet19", include_top=False, weights=path), model)
        with pytest.raises(ValueError, match="missing predictions/kernel"):
            miniature("FSTAResNet19", weights=path)


def test_a_model_of_images_loads_one_of_frames(tmp_path):
    model = liven(miniature("MSResNet18", input_shape=(3, *IMAGE), time_steps=None))
    equal(miniature("MSResNet18", weights=written(model, tmp_path, ".keras")), model)


@pytest.mark.parametrize("kind", KINDS)
def test_other_networks_are_refused(kind, tmp_path):
    path = written(miniature("SMAResNet18"), tmp_path, kind)
    with pytest.raises(ValueError, match="`weights` must") as error:
        miniature("MSResNet18", weights=path)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("kind", [*KINDS, ".pth", ".safetensors"])
def test_broken_files_are_refused(kind, tmp_path):
    if kind in (".pth", ".safetensors"):
        pytest.importorskip("torch" if kind == ".pth" else "safetensors")
    path = tmp_path / f"broken{kind}"
    path.write_bytes(b"PK\x03\x04 no such file")
    with pytest.raises(ValueError, match="must be a whole") as error:
        miniature("VGG8", weights=path)
    assert "\n" not in str(error.value)


def test_other_time_steps_are_refused(tmp_path):
    path = written(miniature("FSTAResNet20"), tmp_path, ".keras")
    with pytest.raises(ValueError, match=r"`weights` must have the 3 time steps.*time_steps=2$"):
        miniature("FSTAResNet20", weights=path, time_steps=3)


@pytest.mark.slow
def test_weights_of_a_compiled_model_load(tmp_path):
    model = miniature("MSResNet18")
    model.compile(keras.optimizers.Adam(), "sparse_categorical_crossentropy")
    model.train_on_batch(np.zeros((2, *IMAGE)), np.zeros(2))
    for kind in (".keras", ".weights.h5"):
        equal(miniature("MSResNet18", weights=written(model, tmp_path, kind)), model)
