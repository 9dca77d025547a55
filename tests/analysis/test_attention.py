"""Attention weights and the importance of scales, against the layers in NumPy."""

import keras
import numpy as np
import pytest

from keras_snn import analysis, layers
from tests import reference
from tests.applications.miniatures import liven


def weights_of(layer):
    """Weights of an attention layer by path, as the reference takes them."""
    prefix = f"{layer.name}/"
    return {w.path.split(prefix, 1)[1]: np.asarray(w, "float64") for w in layer.weights}


@pytest.fixture
def network(float64):
    inputs = keras.Input((4, 6, 5, 8))
    x = layers.SMA((1, 3), time_reduction=2, name="sma")(inputs)
    x = layers.FSTA(frequency_size=3, name="fsta")(x)
    return liven(keras.Model(inputs, x))


def test_attention_weights_are_those_of_the_formulas(network, rng):
    x = rng.normal(1, 2, (3, 4, 6, 5, 8))
    found = analysis.attention_weights(network, x)
    assert list(found) == ["sma", "fsta"]
    sma, fsta = network.layers[1:]
    between, time, channel = reference.sma(x, weights_of(sma), (1, 3), "lif")
    np.testing.assert_allclose(found["sma"][0], time, atol=1e-9)
    np.testing.assert_allclose(found["sma"][1], channel, atol=1e-9)
    weights = weights_of(fsta)
    z = weights["alpha"] * between.mean((2, 3)) + weights["beta"] * between.max((2, 3))
    expected = reference.sigmoid(z.mean(-1) @ weights["time_kernel"])
    np.testing.assert_allclose(found["fsta"][0], expected, atol=1e-9)
    assert found["fsta"][1].shape == (3, 6, 5, 1)


def test_any_attention_layer_with_scores_is_seen(rng):
    inputs = keras.Input((6, 8))
    x = keras.layers.MultiHeadAttention(2, 4, name="heads")(inputs, inputs)
    found = analysis.attention_weights(keras.Model(inputs, x), rng.normal(size=(3, 6, 8)))
    (weights,) = found["heads"]
    np.testing.assert_allclose(weights.sum(-1), np.ones((3, 2, 6)), rtol=1e-5)
    dense = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    with pytest.raises(ValueError, match="`model` must have at least one attention layer"):
        analysis.attention_weights(dense, np.zeros((1, 3)))


@pytest.mark.parametrize("one_hot", [False, True])
def test_scale_importance_is_the_mean_over_the_samples_of_each_class(network, rng, one_hot):
    x, classes = rng.normal(1, 2, (5, 4, 6, 5, 8)), np.array([2, 0, 2, 2, 0])
    labels = np.eye(3)[classes] if one_hot else classes
    batches = [(x[:2], labels[:2]), (x[2:], labels[2:])]
    found = analysis.scale_importance(network, batches)
    _, time, channel = reference.sma(x, weights_of(network.layers[1]), (1, 3), "lif")
    assert found.classes == [0, 2]
    for n, label in enumerate(found.classes):
        samples = [i for i in range(5) if classes[i] == label]
        expected = sum(time[i] for i in samples) / len(samples)
        np.testing.assert_allclose(found.time["sma"][n], expected, atol=1e-9)
        expected = sum(channel[i] for i in samples) / len(samples)
        np.testing.assert_allclose(found.channel["sma"][n], expected, atol=1e-9)
    assert found["sma/scale1"] == pytest.approx(time[:, 1].mean(), abs=1e-9)
    assert found.column("channel weight")["sma/scale0"] == pytest.approx(channel[:, 0].mean())


def test_without_labels_there_is_one_class(network, rng):
    found = analysis.scale_importance(network, rng.normal(1, 2, (5, 4, 6, 5, 8)))
    assert found.classes == [None]
    assert found.time["sma"].shape == (1, 2, 4)
    assert sum(found.values()) == pytest.approx(1)
    assert str(found).splitlines()[0].split() == ["scale", "time", "weight", "channel", "weight"]
    plain = keras.Sequential([keras.Input((4, 3)), layers.LIF()])
    with pytest.raises(ValueError, match="`model` must have at least one SMA layer"):
        analysis.scale_importance(plain, np.zeros((1, 4, 3)))
