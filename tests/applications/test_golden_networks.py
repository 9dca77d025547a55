"""The authors' networks with the authors' weights: their logits, in double precision."""

import numpy as np
import pytest

from keras_snn import applications
from keras_snn.checkpoints import load_pytorch
from tests.applications.golden_networks import NETWORKS, reference
from tests.applications.test_counts import trained
from tests.golden import close


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
