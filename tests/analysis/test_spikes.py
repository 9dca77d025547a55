"""Similarity over time, spectra and membranes, against plain loops."""

import itertools

import keras
import numpy as np
import pytest

from keras_snn import analysis, layers
from tests import reference


def neurons(shape, **arguments):
    """A network of neurons alone, so that NumPy can tell its spikes."""
    return keras.Sequential([keras.Input(shape), layers.LIF(name="lif", **arguments)])


def test_time_similarity_is_the_mean_cosine(rng):
    x = rng.normal(1, 2, (5, 4, 6, 5, 3)).astype("float32")
    x[0, 1] = x[:, 3] = -9  # one sample is silent at a step, all are at another
    found = analysis.time_similarity(neurons(x.shape[1:]), [x[:2], x[2:]])["lif"]
    spikes = reference.lif(x, None, 2.0, 1.0, 0.0, True)[0].reshape(5, 4, -1)
    for t, u in itertools.product(range(4), repeat=2):
        pairs = [(s[t], s[u]) for s in spikes if s[t].any() and s[u].any()]
        cosines = [a @ b / np.sqrt((a @ a) * (b @ b)) for a, b in pairs]
        expected = np.mean(cosines) if cosines else np.nan
        np.testing.assert_allclose(found[t, u], expected, rtol=1e-6)
    assert np.isnan(found[3]).all()


@pytest.mark.parametrize("size", [(6, 6), (6, 9)])
def test_spectral_preference_is_that_of_the_spectra(rng, size):
    x = rng.normal(1, 2, (3, 4, *size, 2)) + rng.normal(0, 2, (3, 4, size[0], 1, 2))
    x = x.astype("float32")
    table = analysis.spectral_preference(neurons(x.shape[1:]), [x[:2], x[2:]])
    spikes = reference.lif(x, None, 2.0, 1.0, 0.0, True)[0]
    energies = np.abs(np.fft.fft2(spikes, axes=(2, 3))) ** 2
    vertical, horizontal = energies[:, :, 1:, 0].sum(), energies[:, :, 0, 1:].sum()
    vertical, horizontal = vertical / (size[0] - 1), horizontal / (size[1] - 1)
    expected = (vertical - horizontal) / (vertical + horizontal)
    assert table["lif"] == pytest.approx(expected, rel=1e-5)
    assert expected > 0.2
    everything = (energies.sum() - energies[:, :, 0, 0].sum()) / (size[0] * size[1] - 1)
    assert table.column("vertical")["lif"] == pytest.approx(vertical / everything, rel=1e-5)
    assert table.column("horizontal")["lif"] == pytest.approx(horizontal / everything, rel=1e-5)
    control = table.column("transposed")["lif"]
    assert control == (pytest.approx(-expected, rel=1e-5) if size == (6, 6) else None)


def test_a_networks_own_preference_stays_when_inputs_are_transposed(rng):
    edges = keras.layers.Conv2D(1, (5, 1), padding="same", use_bias=False)
    stack = [keras.Input((4, 8, 8, 1)), layers.TimeDistributed(edges), layers.LIF(name="lif")]
    model = keras.Sequential(stack)
    edges.set_weights([np.array([1.0, -1, 1, -1, 1]).reshape(5, 1, 1, 1)])
    table = analysis.spectral_preference(model, rng.normal(0, 3, (8, 4, 8, 8, 1)))
    kept = table.column("transposed")["lif"]
    assert abs(table["lif"]) > 0.1
    assert np.sign(kept) == np.sign(table["lif"])


def test_a_silent_layer_has_a_dash_and_a_model_without_maps_is_refused():
    silent = analysis.spectral_preference(neurons((4, 6, 6, 1)), np.zeros((2, 4, 6, 6, 1)))
    assert silent["lif"] is None
    assert str(silent).splitlines()[1].split() == ["lif", "-", "-", "-", "-"]
    with pytest.raises(ValueError, match="`model` must have a spiking layer with height"):
        analysis.spectral_preference(neurons((4, 6)), np.zeros((2, 4, 6)))
    with pytest.raises(ValueError, match="`data` must have at least one sample"):
        analysis.spectral_preference(neurons((4, 6, 6, 1)), [])


@pytest.mark.parametrize("v_reset", [0.0, -0.3, None])
@pytest.mark.parametrize("masked", [False, True])
def test_membrane_traces_are_those_of_plain_loops(float64, rng, v_reset, masked):
    x, v0 = rng.normal(1, 2, (3, 5, 4)), rng.normal(size=(3, 4))
    mask = rng.uniform(size=(3, 5)) > 0.3
    lif = layers.LIF(tau=3.0, v_reset=v_reset, name="lif")
    inputs = [keras.Input((5, 4)), keras.Input((4,)), keras.Input((5,), dtype="bool")]
    call = {"mask": inputs[2]} if masked else {}
    model = keras.Model(inputs, lif(inputs[0], initial_state=inputs[1], **call))
    found = analysis.membrane_traces(model, [x, v0, mask])["lif"]
    s, h, v = reference.lif(x, v0, 3.0, 1.0, v_reset, True, mask if masked else None)
    np.testing.assert_array_equal(found.spikes, s)
    np.testing.assert_allclose(found.charged, h, atol=1e-9)
    np.testing.assert_allclose(found.membrane, v, atol=1e-9)
    assert found.threshold == 1.0


@pytest.mark.parametrize(
    "neuron",
    [
        layers.Synaptic(name="lif"),
        layers.AdaptiveLIF(name="lif"),
        layers.RecurrentLIF(4, name="lif"),
        layers.LIF(go_backwards=True, name="lif"),
    ],
    ids=lambda neuron: type(neuron).__name__,
)
def test_membrane_traces_of_every_neuron_lead_to_its_spikes(rng, neuron):
    inputs = keras.Input((5, 4))
    model = keras.Model(inputs, neuron(inputs))
    x = rng.normal(1, 2, (3, 5, 4)).astype("float32")
    found = analysis.membrane_traces(model, x)["lif"]
    np.testing.assert_array_equal(found.spikes, model(x))
    np.testing.assert_array_equal(found.membrane == 0, found.spikes == 1)
    if not isinstance(neuron, layers.AdaptiveLIF):  # whose threshold rises
        np.testing.assert_array_equal(found.charged >= 1, found.spikes == 1)


def test_membrane_traces_of_chosen_layers_only(rng):
    stack = [keras.Input((5, 4)), layers.LIF(name="first"), layers.IF(name="second")]
    model = keras.Sequential(stack)
    x = rng.normal(1, 2, (3, 5, 4))
    assert list(analysis.membrane_traces(model, x)) == ["first", "second"]
    assert list(analysis.membrane_traces(model, x, ["second"])) == ["second"]
    with pytest.raises(ValueError, match="`layers` must be paths of LIF layers"):
        analysis.membrane_traces(model, x, ["third"])
    stateful = keras.Sequential([keras.Input((5, 4), batch_size=3), layers.LIF(stateful=True)])
    with pytest.raises(ValueError, match="`model` must have no stateful neurons"):
        analysis.membrane_traces(stateful, x)
