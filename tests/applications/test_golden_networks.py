"""The authors' networks with the authors' weights: their logits, in double precision."""

import json

import numpy as np
import pytest

from keras_snn import applications
from keras_snn.checkpoints import load_pytorch
from tests.applications.test_counts import trained
from tests.data.golden import weights
from tests.golden import FOLDER, close

NETWORKS = {
    "net_sma_vgg_cifar10_dvs": (
        "SMAVGG8",
        {"input_shape": (10, 48, 48, 2), "return_sequences": True},
        {"input_shape": (10, 48, 48, 2), "attention_activation": "lif"},
    ),
    "net_ms_resnet18_64": (
        "MSResNet18",
        {"input_shape": (64, 64, 3)},
        {"input_shape": (64, 64, 3), "time_steps": 6},
    ),
    "net_fsta_resnet20": ("FSTAResNet20", {}, {"input_shape": (32, 32, 3)}),
}


def reference(name):
    """Inputs (frames or images, channels last), logits (batch first), state dictionary, count."""
    path = FOLDER / f"{name}.npz"
    data = np.load(path)
    x, logits = data["x"].astype("float64"), data["logits"]
    x = x.transpose(1, 0, 3, 4, 2) if x.ndim == 5 else x.transpose(0, 2, 3, 1)
    logits = logits.transpose(1, 0, 2) if logits.ndim == 3 else logits
    unread = sum(
        np.prod(shape)
        for key, shape in json.loads(str(data["keys"]))
        if key.endswith(("dct.x", "t_scale", "s_scale"))
    )
    return x, logits, weights.state_dict(path), data["params"] - unread


@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize("name", NETWORKS)
def test_logits(name):
    builder, arguments, _ = NETWORKS[name]
    x, logits, state, count = reference(name)
    model = getattr(applications, builder)(**arguments, classifier_activation=None)
    load_pytorch(model, state)
    assert trained(model) == count
    close(model.predict(x, verbose=0), logits)


@pytest.mark.parametrize(
    "form",
    [
        lambda key: f"module.{key}",
        lambda key: key.replace("block1.1.0.", "block1.0.1."),  # of the N-Caltech101 program
    ],
)
def test_other_forms_of_the_keys_give_the_same_weights(form):
    state = reference("net_sma_vgg_cifar10_dvs")[2]
    plain, other = (
        load_pytorch(applications.SMAVGG8(input_shape=(10, 32, 32, 2)), mapping)
        for mapping in (state, {form(key): value for key, value in state.items()})
    )
    for ours, theirs in zip(other.get_weights(), plain.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize("name", NETWORKS)
def test_from_pytorch_builds_the_same(name):
    builder, _, told = NETWORKS[name]
    x, logits, state, count = reference(name)
    model = applications.from_pytorch(state, **told)
    assert model.name == getattr(applications, builder)(input_shape=told["input_shape"]).name
    assert trained(model) == count
    mean = logits.mean(axis=1) if logits.ndim == 3 else logits
    scores = np.exp(mean) / np.exp(mean).sum(axis=-1, keepdims=True)
    close(model.predict(x, verbose=0), scores)
