"""Neurons other than LIF as NIR graphs: written, read again, exchanged with other libraries."""

import keras
import numpy as np
import pytest

from keras_snn import checkpoints, export
from keras_snn.export.nir_interpreter import interpret
from keras_snn.layers import LIF, LeakyIntegrator, RecurrentLIF, Synaptic, TimeDistributed
from tests.export.nir_networks import TIME_STEPS, excite, loud

nir = pytest.importorskip("nir")


def current_network(**constants):
    """Current-based neurons behind a dense layer, and others that read the spikes."""
    inputs = keras.Input((TIME_STEPS, 7))
    x = keras.layers.Dense(6, name="dense1")(inputs)
    x = Synaptic(tau_synapse=3.0, name="synaptic1", **constants)(x)
    x = keras.layers.Dense(4, name="dense2")(x)
    return loud(keras.Model(inputs, Synaptic(v_reset=-0.2, v_threshold=0.4, name="synaptic2")(x)))


def undamped_network():
    return current_network(decay_input=False)


def readout_network(tau=4.0):
    """Membranes as the output."""
    inputs = keras.Input((TIME_STEPS, 7))
    x = LIF(name="lif")(keras.layers.Dense(6, name="dense1")(inputs))
    x = keras.layers.Dense(4, name="dense2")(x)
    readout = LeakyIntegrator(tau=tau, decay_input=False, name="readout")
    return loud(keras.Model(inputs, readout(x)))


def integrator_network():
    return readout_network(tau=float("inf"))


def recurrent_network(v_threshold=2.0, **constants):
    """Recurrent neurons behind a flattened map, whose features stand in another order in NIR."""
    inputs = keras.Input((TIME_STEPS, 4, 3, 2))
    x = TimeDistributed(keras.layers.Conv2D(3, 2, name="conv"), name="conv")(inputs)
    x = TimeDistributed(keras.layers.Flatten(), name="flatten")(x)
    x = RecurrentLIF(18, v_threshold=v_threshold, name="recurrent1", **constants)(x)
    x = keras.layers.Dense(5, name="dense")(x)
    return loud(keras.Model(inputs, RecurrentLIF(5, name="recurrent2")(x)))


def undamped_recurrent_network():
    return recurrent_network(decay_input=False, tau=3.0, v_threshold=6.0)


SPIKING = [current_network, undamped_network, recurrent_network, undamped_recurrent_network]
READOUTS = [readout_network, integrator_network]


@pytest.mark.parametrize("network", SPIKING)
def test_written_neurons_fire_as_the_network_does(network, tmp_path):
    report = export.export_nir(network(), tmp_path / "network.nir", dt=1e-3)
    assert report.drift == 0.0
    assert 0.05 < report.rate < 0.95


@pytest.mark.parametrize("network", READOUTS)
def test_written_membranes_are_those_of_the_network(network, tmp_path):
    report = export.export_nir(network(), tmp_path / "network.nir", dt=1e-3)
    assert report.rate > 0.1
    assert report.drift < 1e-6 * report.rate


@pytest.mark.parametrize("network", SPIKING + READOUTS)
def test_neurons_that_are_read_again_compute_the_same(network, tmp_path, rng):
    model = network()
    export.export_nir(model, tmp_path / "network.nir")
    again = checkpoints.from_nir(tmp_path / "network.nir", time_steps=TIME_STEPS)
    kinds = {layer.name: type(layer) for layer in again.layers}
    assert all(kinds[layer.name] is type(layer) for layer in model.layers[1:])
    x = rng.uniform(0, 2, (3, *model.input_shape[1:]))
    wanted = model.predict(x, verbose=0)
    np.testing.assert_allclose(again.predict(x, verbose=0), wanted, rtol=1e-6)
    assert wanted.std() > 0.1


def test_constants_of_current_based_neurons_are_in_seconds(tmp_path):
    export.export_nir(undamped_network(), tmp_path / "network.nir", dt=1e-3)
    node = nir.read(tmp_path / "network.nir").nodes["synaptic1"]
    constants = node.tau_mem, node.tau_syn, node.r, node.w_in
    for found, wanted in zip(constants, (2e-3, 3e-3, 2.0, 3.0), strict=True):
        np.testing.assert_allclose(found, np.full(6, wanted))


def recurrent_graph(bias=None, **more):
    """LIF neurons whose spikes return through a matrix, as snnTorch writes them."""
    size = np.array([3])
    matrix = {"weight": np.arange(9.0).reshape(3, 3) / 9}
    lif = {"tau": np.full(3, 2e-4), "v_threshold": np.ones(3), "v_leak": np.zeros(3)}
    inner = {
        "input": nir.Input(size),
        "lif": nir.LIF(r=np.full(3, 1.5), **lif),
        "w_rec": nir.Linear(**matrix) if bias is None else nir.Affine(**matrix, bias=bias),
        "output": nir.Output(size),
        **more,
    }
    edges = [("input", "lif"), ("lif", "w_rec"), ("w_rec", "lif"), ("lif", "output")]
    nodes = {
        "input": nir.Input(size),
        "cell": nir.NIRGraph(inner, edges + [("w_rec", name) for name in more], type_check=False),
        "output": nir.Output(size),
    }
    return nir.NIRGraph(nodes, [("input", "cell"), ("cell", "output")], type_check=False)


@pytest.mark.parametrize("bias", [None, np.array([0.1, 0.4, -0.2])], ids=["linear", "affine"])
def test_recurrent_neurons_of_any_resistance_and_bias_are_read(bias, rng):
    graph = recurrent_graph(bias)
    model = checkpoints.from_nir(graph, time_steps=9)
    x = rng.uniform(0, 1.5, (4, 9, 3)).astype("float32")
    wanted = interpret(graph, x, 1e-4)
    np.testing.assert_array_equal(model.predict(x, verbose=0), wanted)
    assert 0.05 < wanted.mean() < 0.95


def test_other_graphs_inside_a_node_are_refused():
    graph = recurrent_graph(odd=nir.Scale(np.ones(3)))
    with pytest.raises(
        ValueError, match=r"`source` must hold only inner graphs of the form.*'cell'"
    ):
        checkpoints.from_nir(graph)


def test_a_leak_towards_another_value_is_refused():
    rest = nir.LI(tau=np.full(3, 2e-4), r=np.ones(3), v_leak=np.full(3, 0.5))
    nodes = {"input": nir.Input(np.array([3])), "li": rest, "output": nir.Output(np.array([3]))}
    graph = nir.NIRGraph(nodes, [("input", "li"), ("li", "output")])
    with pytest.raises(ValueError, match=r"`v_leak` must equal `v_reset`, or 0.*v_leak=0\.5"):
        checkpoints.from_nir(graph)


def run_by_step(network, x):
    """What a network of PyTorch that keeps its state gives for every time step."""
    import torch

    with torch.no_grad():
        return np.stack([network(torch.tensor(x[:, t])).numpy() for t in range(x.shape[1])], 1)


def test_current_based_neurons_are_exchanged_with_spikingjelly(tmp_path, rng):
    exchange = pytest.importorskip("spikingjelly.activation_based.nir_exchange")
    torch = pytest.importorskip("torch")
    from spikingjelly.activation_based import neuron

    torch.manual_seed(2)
    node = neuron.CUBALIFNode(c_decay=0.6, v_decay=0.7, v_threshold=1.0)
    theirs = torch.nn.Sequential(torch.nn.Linear(7, 9), node)
    x = rng.uniform(0, 2, (3, TIME_STEPS, 7)).astype("float32")
    excite(theirs)
    graph = exchange.export_to_nir(theirs, torch.tensor(x[:, 0]), dt=1e-4)
    model = checkpoints.from_nir(graph, time_steps=TIME_STEPS, dt=1e-4)
    wanted = run_by_step(theirs, x)
    np.testing.assert_array_equal(model.predict(x, verbose=0), wanted)
    assert 0.05 < wanted.mean() < 0.95
    export.export_nir(model, tmp_path / "network.nir", dt=1e-4)
    returned = exchange.import_from_nir(tmp_path / "network.nir", dt=1e-4)
    np.testing.assert_array_equal(run_with_state(returned, x), wanted)


@pytest.mark.filterwarnings("ignore:nirtorch.extract_nir_graph:DeprecationWarning")
@pytest.mark.parametrize("kind", ["Synaptic", "RLeaky"])
def test_neurons_of_snntorch_compute_the_same_here(kind, rng):
    snntorch = pytest.importorskip("snntorch")
    torch = pytest.importorskip("torch")
    from snntorch.export_nir import export_to_nir

    torch.manual_seed(2)
    common = {
        "beta": torch.full((9,), 0.8),
        "threshold": torch.full((9,), 2.0),
        "reset_mechanism": "zero",
        "reset_delay": False,
        "init_hidden": True,
    }
    own = {"Synaptic": {"alpha": torch.full((9,), 0.6)}, "RLeaky": {"linear_features": 9}}
    neurons = getattr(snntorch, kind)(**common, **own[kind])
    theirs = torch.nn.Sequential(torch.nn.Linear(7, 9), neurons)
    excite(theirs)
    x = rng.uniform(0, 2, (3, TIME_STEPS, 7)).astype("float32")
    graph = export_to_nir(theirs, torch.tensor(x[0, 0]))
    model = checkpoints.from_nir(graph, time_steps=TIME_STEPS, dt=1e-4)
    neurons.reset_mem()
    wanted = run_by_step(theirs, x)
    np.testing.assert_array_equal(model.predict(x, verbose=0), wanted)
    assert 0.05 < wanted.mean() < 0.95


def behind_a_dense_layer(neurons):
    inputs = keras.Input((TIME_STEPS, 7))
    return loud(keras.Model(inputs, neurons(keras.layers.Dense(9)(inputs))))


def run_with_state(network, x):
    """What a network that nirtorch made of a file gives for every time step."""
    torch = pytest.importorskip("torch")
    state, steps = None, []
    for t in range(x.shape[1]):
        output, state = network(torch.tensor(x[:, t]), state)
        steps.append(output.detach().numpy())
    return np.stack(steps, 1)


def test_snntorch_computes_the_same_from_the_file(tmp_path, rng):
    read = pytest.importorskip("snntorch.import_nir").import_from_nir
    model = behind_a_dense_layer(Synaptic(tau=3.0, v_threshold=4.0, decay_input=False))
    export.export_nir(model, tmp_path / "network.nir", dt=1e-4)
    theirs = read(nir.read(tmp_path / "network.nir"))
    x = rng.uniform(0, 2, (3, TIME_STEPS, 7)).astype("float32")
    wanted = model.predict(x, verbose=0)
    np.testing.assert_array_equal(run_with_state(theirs, x), wanted)
    assert 0.05 < wanted.mean() < 0.95


def test_spikingjelly_computes_the_same_of_recurrent_neurons(tmp_path, rng):
    exchange = pytest.importorskip("spikingjelly.activation_based.nir_exchange")
    model = behind_a_dense_layer(RecurrentLIF(9, tau=3.0, v_threshold=4.0, decay_input=False))
    export.export_nir(model, tmp_path / "network.nir", dt=1e-4)
    theirs = exchange.import_from_nir(tmp_path / "network.nir", dt=1e-4)
    x = rng.uniform(0, 2, (3, TIME_STEPS, 7)).astype("float32")
    wanted = model.predict(x, verbose=0)
    np.testing.assert_array_equal(run_with_state(theirs, x), wanted)
    assert 0.05 < wanted.mean() < 0.95
