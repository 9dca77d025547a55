"""State dictionaries of the authors' programs, into our networks and back."""

import re

import keras
import numpy as np
import pytest

from keras_snn import applications
from keras_snn.checkpoints import load_pytorch
from keras_snn.checkpoints.loading import named_weights
from tests.applications.miniatures import MINIATURES, liven, miniature
from tests.checkpoints.pytorch_names import state_dict

DEEP = {
    "SMAResNet104": {"attention_blocks": [(1, 3), (3, 20), (4, 8)], "time_steps": 5},
    "FSTAResNet34": {},
}
NO_PROGRAM = ("MaxResNet18", "SEWResNet18")
"""Networks whose authors' names of weights are not in the tables."""

ROWS = {
    **{name: row for name, row in MINIATURES.items() if name not in NO_PROGRAM},
    **{
        name: {"filters": (4, 4, 4, 4), "input_shape": (32, 32, 3), "classes": 3, **changes}
        for name, changes in DEEP.items()
    },
}


def same(model, wanted):
    ours, theirs = named_weights(model), named_weights(wanted)
    assert set(ours) == set(theirs)
    for path, variable in ours.items():
        np.testing.assert_array_equal(variable, theirs[path], err_msg=path)


def configs(model):
    """Of all layers but the input, whose name counts up."""
    return [keras.saving.serialize_keras_object(layer)["config"] for layer in model.layers[1:]]


@pytest.mark.parametrize("name", ROWS)
def test_there_and_back(name):
    arguments = {"input_shape": (32, 32, 3), **ROWS[name]}
    model = liven(getattr(applications, name)(**arguments))
    state = state_dict(model)
    assert len(state) > len(model.weights)  # num_batches_tracked too
    blank = keras.models.clone_model(model)
    same(load_pytorch(blank, state), model)
    told = {"input_shape": arguments["input_shape"]}
    if "SMA" in name:
        told["attention_activation"] = "lif" if "VGG" in name else "relu"
    if len(told["input_shape"]) == 3 and name.startswith(("MS", "Spiking")):
        told["time_steps"] = arguments.get("time_steps", 2)
    built = applications.from_pytorch(state, **told)
    same(built, model)
    assert configs(built) == configs(model)


def test_saved_and_loaded_models_are_targets(tmp_path):
    model = liven(miniature("FSTAResNet19"))
    miniature("FSTAResNet19").save(tmp_path / "blank.keras")
    loaded = keras.models.load_model(tmp_path / "blank.keras")
    same(load_pytorch(loaded, state_dict(model)), model)


def test_unusual_sma_is_recognised():
    from keras_snn import layers
    from keras_snn.applications import ms_resnet, network, plan

    row = next(row for row in ms_resnet.ROWS if row.title == "SMAResNet18")
    settings = {
        "kernel_sizes": (3, 5),
        "channel_reduction": 3,
        "time_reduction": 1.25,
        "activation": "lif",
    }
    places = {
        "stage1_block1": layers.SMA(**settings),
        "stage3_block2": layers.SMA(**settings, time_attention=False),
    }
    told = {"input_shape": (32, 33, 3), "time_steps": 5, "classes": 4, "filters": (6, 6, 9, 9)}
    model = network.assemble(plan.Plan(row=row, **{**row.defaults(), **told, "places": places}))
    liven(model)
    built = applications.from_pytorch(
        state_dict(model), input_shape=(32, 33, 3), attention_activation="lif"
    )
    same(built, model)
    sma = built.get_layer("stage1_block1_sma")
    assert (sma.kernel_sizes, sma.channel_reduction, sma.activation) == ((3, 5), 3, "lif")
    assert not built.get_layer("stage3_block2_sma").time_attention


def test_every_fault_is_listed_and_nothing_is_changed():
    model = liven(miniature("MSResNet18"))
    before = [np.copy(w) for w in model.get_weights()]
    state = state_dict(liven(miniature("MSResNet18"), seed=9))
    state["fc.wieght"] = state.pop("fc.weight")
    state["conv1.0.weight"] = state["conv1.0.weight"][:2]
    with pytest.raises(ValueError, match="`source` must hold the target's weights") as error:
        load_pytorch(model, state)
    sentence = str(error.value)
    assert "unexpected fc.wieght" in sentence
    assert "missing predictions/kernel" in sentence
    assert "ill-shaped conv1.0.weight (2, 3, 7, 7) for stem_conv1/kernel (7, 7, 3, 4)" in sentence
    assert "\n" not in sentence
    for weight, old in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(weight, old)


def test_a_foreign_file_is_refused_in_a_short_sentence():
    state = state_dict(liven(miniature("SpikingResNet19")))
    foreign = {f"layer1.{key}": value for key, value in state.items()}
    with pytest.raises(ValueError, match=r"unexpected layer1\.") as error:
        load_pytorch(miniature("MSResNet18"), foreign)
    sentence = str(error.value)
    assert len(sentence) < 700
    assert sentence.count("unexpected") == 5
    assert re.search(r"and \d+ more$", sentence)
    assert "known names begin with block1., conv2_x., layer1." in sentence


@pytest.mark.parametrize("name", ["FSTAResNet20", "SMAResNet18", "SMAVGG8"])
def test_another_number_of_time_steps_is_one_fact(name):
    more = {"time_steps": None, "input_shape": (5, 34, 37, 2)} if "VGG" in name else {}
    state = state_dict(miniature(name, **{"time_steps": 5, **more}))
    with pytest.raises(ValueError, match=r"build it with time_steps=5. Received: time_steps=5$"):
        load_pytorch(miniature(name), state)


def test_another_family_is_refused():
    with pytest.raises(ValueError, match=r"unexpected block1\.0\.0\.weight"):
        load_pytorch(miniature("MSResNet18"), state_dict(miniature("VGG8")))
    with pytest.raises(ValueError, match=r"`source` must hold a known network.*'encoder.weight'"):
        load_pytorch(miniature("MSResNet18"), {"encoder.weight": np.zeros(3)})
    with pytest.raises(ValueError, match="`target` must be a Keras model"):
        load_pytorch(keras.layers.Dense(3), {})


class TestFromPytorchAsks:
    def test_for_all_that_is_missing(self):
        state = state_dict(miniature("SMAResNet18", time_steps=4))
        with pytest.raises(ValueError, match=r"`input_shape` .*`attention_activation`") as error:
            applications.from_pytorch(state)
        assert "`time_steps`" not in str(error.value)
        with pytest.raises(ValueError, match=r"`input_shape` .*`time_steps`"):
            applications.from_pytorch(state_dict(miniature("SpikingResNet19")))
        with pytest.raises(ValueError, match=r"given `time_steps`"):
            applications.from_pytorch(
                state_dict(miniature("MSResNet18")), input_shape=(None, 32, 32, 3)
            )

    def test_for_agreement(self):
        state = state_dict(miniature("FSTAResNet20"))
        with pytest.raises(ValueError, match=r"`time_steps` must be 2, as in the weights.*=3"):
            applications.from_pytorch(state, input_shape=(32, 32, 3), time_steps=3)
        with pytest.raises(ValueError, match="`input_shape` must have 2 frames"):
            applications.from_pytorch(state, input_shape=(3, 32, 32, 3))
        with pytest.raises(ValueError, match="`input_shape` must have 3 channels"):
            applications.from_pytorch(state, input_shape=(2, 32, 32, 2))
        model = applications.from_pytorch(state, input_shape=(None, 32, 32, 3))
        assert model.input_shape == (None, 2, 32, 32, 3)

    def test_for_a_whole_network(self):
        state = state_dict(miniature("MSResNet18"))
        del state["fc.weight"]
        told = {"input_shape": (32, 32, 3), "time_steps": 2}
        with pytest.raises(ValueError, match="missing='predictions/kernel'"):
            applications.from_pytorch(state, **told)
        state = state_dict(miniature("MSResNet18"))
        state = {key: value for key, value in state.items() if "conv5_x" not in key}
        with pytest.raises(ValueError, match=r"blocks per stage=\(2, 2, 2\)"):
            applications.from_pytorch(state, **told)
