"""NIR graphs of neurons with one tau per channel, and of folded batch normalizations."""

import keras
import numpy as np
import pytest

from keras_snn import checkpoints, export
from keras_snn.export.nir_interpreter import interpret
from keras_snn.layers import (
    LIF,
    BatchNormalization,
    LeakyIntegrator,
    RecurrentLIF,
    Synaptic,
    ThresholdBatchNormalization,
    TimeDistributed,
)
from tests.export.nir_networks import TIME_STEPS, loud

nir = pytest.importorskip("nir")

PER_CHANNEL = {"learn_tau": True, "tau_shape": "channel"}


def flattened_map():
    """A map of neurons with one tau per channel, whose features stand in another order in NIR."""
    inputs = keras.Input((TIME_STEPS, 5, 4, 2))
    x = TimeDistributed(keras.layers.Conv2D(3, 2, name="conv"), name="conv")(inputs)
    x = LIF(name="map", **PER_CHANNEL)(x)
    return inputs, TimeDistributed(keras.layers.Flatten(), name="flatten")(x)


def spiking_network():
    inputs, x = flattened_map()
    x = LIF(v_threshold=0.4, decay_input=False, name="lif", **PER_CHANNEL)(x)
    x = keras.layers.Dense(6, name="dense")(x)
    x = Synaptic(v_threshold=12.0, v_reset=-0.1, name="synaptic", **PER_CHANNEL)(x)
    return loud(keras.Model(inputs, x))


def recurrent_network():
    inputs, x = flattened_map()
    x = RecurrentLIF(36, v_threshold=2.0, name="recurrent", **PER_CHANNEL)(x)
    x = keras.layers.Dense(6, name="dense")(x)
    return loud(keras.Model(inputs, LIF(v_threshold=0.5, name="lif", **PER_CHANNEL)(x)))


def readout_network():
    inputs, x = flattened_map()
    x = keras.layers.Dense(6, name="dense")(x)
    return loud(keras.Model(inputs, LeakyIntegrator(name="readout", **PER_CHANNEL)(x)))


NETWORKS = [spiking_network, recurrent_network, readout_network]


@pytest.mark.parametrize("network", NETWORKS)
def test_a_tau_per_channel_is_written_and_read_again(network, tmp_path, rng):
    model = network()
    report = export.export_nir(model, tmp_path / "network.nir", dt=1e-3)
    assert report.drift < 1e-6 * report.rate
    again = checkpoints.from_nir(tmp_path / "network.nir", time_steps=TIME_STEPS, dt=1e-3)
    kinds = {layer.name: type(layer) for layer in again.layers}
    assert all(kinds[layer.name] is type(layer) for layer in model.layers[1:])
    x = rng.uniform(0, 2, (3, *model.input_shape[1:]))
    wanted = model.predict(x, verbose=0)
    np.testing.assert_allclose(again.predict(x, verbose=0), wanted, rtol=0, atol=1e-6 * report.rate)
    assert wanted.mean() > 0.05
    assert wanted.std() > 0.1


def test_every_neuron_has_the_tau_of_its_channel(tmp_path):
    model = spiking_network()
    export.export_nir(model, tmp_path / "network.nir", dt=1e-3)
    nodes = nir.read(tmp_path / "network.nir").nodes
    steps = {
        name: 1.0 + np.exp(-np.asarray(model.get_layer(name).leak_logit)) for name in ("map", "lif")
    }
    assert nodes["map"].tau.shape == (3, 4, 3)
    wanted = np.broadcast_to(steps["map"][:, None, None], (3, 4, 3))
    np.testing.assert_allclose(nodes["map"].tau, 1e-3 * wanted, rtol=1e-6)
    turned = steps["lif"].reshape(4, 3, 3).transpose(2, 0, 1).ravel()
    np.testing.assert_allclose(nodes["lif"].tau, 1e-3 * turned, rtol=1e-6)
    np.testing.assert_allclose(nodes["lif"].r, turned, rtol=1e-6)


def graph_of_neurons(node, shape):
    ends = {"input": nir.Input(np.array(shape)), "output": nir.Output(np.array(shape))}
    edges = [("input", "neurons"), ("neurons", "output")]
    return nir.NIRGraph({**ends, "neurons": node}, edges)


def lif_node(tau, r):
    tau = np.array(tau)
    ones = np.ones_like(tau)
    return nir.LIF(tau=tau, r=r * ones, v_threshold=ones, v_leak=0 * ones, v_reset=0 * ones)


@pytest.mark.parametrize(
    "node",
    [
        lif_node([2e-4, 3e-4, 7e-4], np.array([1.5, 1.2, 4.0])),
        lif_node([2e-4, 2e-4, 2e-4], np.array([1.5, 1.2, 4.0])),
        nir.IF(r=np.array([4e3, 7e3, 9e3]), v_threshold=np.ones(3)),
    ],
    ids=["tau and r", "r", "IF"],
)
def test_resistances_that_differ_scale_the_input(node, rng):
    graph = graph_of_neurons(node, (3,))
    x = rng.uniform(0, 3, (4, 9, 3)).astype("float32")
    wanted = interpret(graph, x, 1e-4)
    np.testing.assert_array_equal(checkpoints.from_nir(graph).predict(x, verbose=0), wanted)
    assert (wanted.mean((0, 1)) > 0.05).all()


@pytest.mark.parametrize(
    ("tau", "message"),
    [
        ([[[2e-4, 3e-4]]], r"`tau` must be the same for all neurons of a channel\. .*'neurons'"),
        ([1e-4, 3e-4], r"`tau` must be greater than `dt` where it differs.*smallest=0\.0001"),
    ],
    ids=["within a map", "of one step"],
)
def test_other_differences_of_tau_are_refused(tau, message):
    graph = graph_of_neurons(lif_node(tau, 1.0), np.array(tau).shape)
    with pytest.raises(ValueError, match=message):
        checkpoints.from_nir(graph, dt=1e-4)


def normalized_network(norm):
    inputs = keras.Input((TIME_STEPS, 6, 5, 2))
    convolution = keras.layers.Conv2D(4, 3, padding="same", use_bias=False)
    x = TimeDistributed(convolution, name="conv")(inputs)
    x = LIF(v_threshold=0.5, name="lif1")(norm(name="norm1")(x))
    x = TimeDistributed(keras.layers.Flatten(), name="flatten")(x)
    x = norm(name="norm2")(keras.layers.Dense(8, name="dense")(x))
    return loud(keras.Model(inputs, LeakyIntegrator(name="readout")(x)))


@pytest.mark.parametrize("center", [True, False])
@pytest.mark.parametrize("scale", [True, False])
@pytest.mark.parametrize(
    "kind",
    [ThresholdBatchNormalization, BatchNormalization, keras.layers.BatchNormalization],
    ids=["threshold", "own", "Keras"],
)
def test_normalizations_are_folded(kind, scale, center, tmp_path, rng):
    constants = {"v_threshold": 0.5, "alpha": 0.7} if kind is ThresholdBatchNormalization else {}
    model = normalized_network(
        lambda name: kind(scale=scale, center=center, name=name, **constants)
    )
    report = export.export_nir(model, tmp_path / "network.nir")
    assert report.drift < 1e-5 * report.rate
    again = checkpoints.from_nir(tmp_path / "network.nir", time_steps=TIME_STEPS)
    assert not any("norm" in layer.name for layer in again.layers)
    x = rng.uniform(0, 2, (3, *model.input_shape[1:]))
    wanted = model.predict(x, verbose=0)
    np.testing.assert_allclose(again.predict(x, verbose=0), wanted, rtol=0, atol=1e-5 * report.rate)


def test_a_normalization_of_time_steps_is_refused(tmp_path):
    inputs = keras.Input((TIME_STEPS, TIME_STEPS))
    x = keras.layers.Dense(TIME_STEPS)(inputs)
    model = keras.Model(inputs, keras.layers.BatchNormalization(axis=1, name="norm")(x))
    with pytest.raises(ValueError, match=r"normalizations over the channels.*'norm', axis=1"):
        export.export_nir(model, tmp_path / "network.nir")


@pytest.mark.filterwarnings("ignore:nirtorch.extract_nir_graph:DeprecationWarning")
def test_neurons_of_snntorch_with_different_leaks_compute_the_same_here(rng):
    snntorch = pytest.importorskip("snntorch")
    torch = pytest.importorskip("torch")
    from snntorch.export_nir import export_to_nir

    torch.manual_seed(2)
    neurons = snntorch.Leaky(
        beta=torch.linspace(0.3, 0.9, 9),
        threshold=torch.ones(9),
        reset_mechanism="zero",
        init_hidden=True,
    )
    theirs = torch.nn.Sequential(torch.nn.Linear(7, 9), neurons)
    with torch.no_grad():
        theirs[0].weight.uniform_(-0.1, 0.4)
    x = rng.uniform(0, 2, (3, TIME_STEPS, 7)).astype("float32")
    graph = export_to_nir(theirs, torch.tensor(x[0, 0]))
    model = checkpoints.from_nir(graph, time_steps=TIME_STEPS, dt=1e-4)
    neurons.reset_mem()
    with torch.no_grad():
        wanted = np.stack([theirs(torch.tensor(x[:, t])).numpy() for t in range(TIME_STEPS)], 1)
    np.testing.assert_array_equal(model.predict(x, verbose=0), wanted)
    assert 0.05 < wanted.mean() < 0.95
