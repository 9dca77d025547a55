"""A layer of a user's own as attention, in every family: trained, saved, exported, counted."""

import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_snn import analysis, export, layers, training
from tests.applications.miniatures import inputs, liven, miniature
from tests.data.elsewhere import channel_gate
from tests.data.elsewhere.channel_gate import ChannelGate

FAMILIES = {
    "VGG8": ["block2_gate", "block3_gate"],
    "MSResNet18": [f"stage{stage}_block{block}_gate" for stage in range(1, 5) for block in (1, 2)],
    "SpikingResNet20": ["stage1_block1_gate"],
}
SMALL = {
    "MSResNet18": {},
    "VGG8": {},
    "SpikingResNet20": {
        "filters": (4, 8, 8, 12),
        "classes": 5,
        "input_shape": (17, 19, 3),
        "attention_blocks": [(1, 1)],
    },
}


def network(name, **changes):
    from keras_snn import applications

    gate = ChannelGate("tanh", name="gate")
    arguments = {**SMALL[name], "attention": gate, **changes}
    if name == "SpikingResNet20":
        return applications.SpikingResNet20(**arguments)
    return miniature(name, **arguments)


def gates(model):
    return [layer for layer in model.layers if isinstance(layer, ChannelGate)]


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """Every family after a training step, its file, an input and its output."""
    folder, models = tmp_path_factory.mktemp("own"), {}
    for name in FAMILIES:
        model = liven(network(name))
        model.compile(keras.optimizers.SGD(0.1), "sparse_categorical_crossentropy")
        before = [gate.dense.kernel.numpy() for gate in gates(model)]
        x = inputs(model, 4).astype("float32")
        model.fit(x, np.arange(4), batch_size=4, shuffle=False, verbose=0)
        after = [gate.dense.kernel.numpy() for gate in gates(model)]
        assert not any(map(np.array_equal, before, after))
        model.save(folder / f"{name}.keras")
        np.savez(folder / f"{name}.npz", x=x, y=model.predict(x, verbose=0))
        models[name] = model
    return folder, models


@pytest.mark.parametrize("name", FAMILIES)
def test_every_place_has_a_copy_of_its_own(name, trained):
    model = trained[1][name]
    assert [gate.name for gate in gates(model)] == FAMILIES[name]
    assert {gate.activation for gate in gates(model)} == {"tanh"}
    assert len({id(gate.dense) for gate in gates(model)}) == len(FAMILIES[name])


LOAD = """
import sys
import keras
import numpy as np
import tensorflow as tf
import keras_snn
sys.path.insert(0, sys.argv[1])
import channel_gate
for name in sys.argv[2:]:
    data = np.load(f"{name}.npz")
    model = keras.models.load_model(f"{name}.keras")
    np.testing.assert_allclose(model.predict(data["x"], verbose=0), data["y"], rtol=1e-5, atol=1e-6)
"""


@pytest.mark.slow
def test_files_load_in_a_new_process_that_imports_the_layer(trained):
    place = str(Path(channel_gate.__file__).parent)
    command = [sys.executable, "-c", LOAD, place, *FAMILIES]
    subprocess.run(command, cwd=trained[0], check=True, timeout=300)


def test_weights_of_a_network_with_it_load(trained):
    folder, models = trained
    again = network("VGG8", weights=folder / "VGG8.keras")
    for ours, theirs in zip(again.get_weights(), models["VGG8"].get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("name", FAMILIES)
def test_it_is_counted(name, trained):
    model = trained[1][name]
    found = analysis.macs(model)
    for gate in gates(model):
        _, time_steps, _, _, channels = gate.input.shape
        assert found[gate.name].total == time_steps * channels**2


@pytest.mark.slow
def test_it_is_exported_and_streamed(trained, tmp_path):
    folder, models = trained
    data = np.load(folder / "VGG8.npz")
    models["VGG8"].export(tmp_path / "served", verbose=False)
    served = tf.saved_model.load(str(tmp_path / "served"))
    np.testing.assert_allclose(served.serve(data["x"]), data["y"], rtol=1e-5, atol=1e-6)
    export.export_stream(models["VGG8"], tmp_path / "stream", batch_size=4, time_steps=2)
    stream = tf.saved_model.load(str(tmp_path / "stream"))
    for window in np.split(data["x"], 2, axis=1):
        scores = stream.step(window)
    np.testing.assert_allclose(scores, data["y"], rtol=1e-5, atol=1e-6)


@pytest.mark.slow
def test_it_is_computed_anew_in_the_backward_pass(trained):
    model = trained[1]["MSResNet18"]
    light = training.rematerialize(model)
    light.compile(keras.optimizers.SGD(0.0), "sparse_categorical_crossentropy")
    model.compile(keras.optimizers.SGD(0.0), "sparse_categorical_crossentropy")
    x = inputs(model, 4)
    losses = [m.train_on_batch(x, np.arange(4)) for m in (model, light)]
    np.testing.assert_allclose(*losses, rtol=1e-5)


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_it_takes_the_policy(policy):
    keras.config.set_dtype_policy(policy)
    model = network("VGG8")
    assert {gate.dtype_policy.name for gate in gates(model)} == {policy}
    assert {gate.compute_dtype for gate in gates(model)} == {policy.removeprefix("mixed_")}
    assert np.all(np.isfinite(model.predict(inputs(model), verbose=0)))


def test_our_own_layers_are_taken_too():
    sma = layers.SMA((3, 5), channel_reduction=2, time_reduction=2, activation="relu")
    model = miniature("SMAVGG8", attention=sma, attention_blocks=[2])
    assert model.get_layer("block2_sma").kernel_sizes == (3, 5)
    model = miniature("SpikingResNet19", attention=layers.FSTA(3), attention_blocks=["stem"])
    assert model.get_layer("stem_fsta1").frequency_size == 3
    assert model.get_layer("stem_lif1").surrogate.temperature == 1.0


class Silent(ChannelGate):
    """A layer that cannot be copied, or returns another shape."""

    def __init__(self, secret=None, **kwargs):
        super().__init__(**kwargs)

    def get_config(self):
        raise NotImplementedError("no config")


class Pool(keras.layers.Layer):
    """A layer that returns another shape."""

    def call(self, inputs):
        return inputs[:, :, ::2]


def test_what_cannot_stand_in_a_network_is_refused():
    with pytest.raises(ValueError, match="`attention` must be a layer that its `get_config`"):
        miniature("VGG8", attention=Silent())
    with pytest.raises(ValueError, match=r"`attention` must keep the shape.*block2_po"):
        miniature("VGG8", attention=Pool())
    with pytest.raises(ValueError, match=r"`attention_blocks`.*stem"):
        miniature("SpikingResNet19", attention=ChannelGate(), attention_blocks=["stem"])
    with pytest.raises(ValueError, match=r"`attention` must be one of.*ChannelGate"):
        miniature("VGG8", attention=ChannelGate)
