"""NIR graphs: written, run by an interpreter that knows NIR alone, read again, exchanged."""

import math

import keras
import numpy as np
import pytest

from keras_snn import checkpoints, export, layers
from keras_snn.layers import IF, LIF, BatchNormalization, TimeDistributed
from tests.export.nir_networks import TIME_STEPS, excite, loud

nir = pytest.importorskip("nir")


def dense_network(**constants):
    inputs = keras.Input((TIME_STEPS, 7))
    x = keras.layers.Dense(6, name="dense1")(inputs)
    x = BatchNormalization(name="bn")(x)
    x = LIF(name="lif", **constants)(x)
    x = keras.layers.Dense(4, use_bias=False, name="dense2")(x)
    return loud(keras.Model(inputs, IF(v_threshold=0.7, name="if")(x)))


def image_network():
    inputs = keras.Input((TIME_STEPS, 9, 8, 2))
    x = TimeDistributed(keras.layers.Conv2D(4, 3, padding="same"), name="conv1")(inputs)
    x = BatchNormalization(name="bn")(x)
    x = LIF(tau=3.0, decay_input=False, name="lif1")(x)
    x = TimeDistributed(keras.layers.AveragePooling2D(2), name="pool")(x)
    x = TimeDistributed(keras.layers.Conv2D(6, 3, strides=2), name="conv2")(x)
    x = LIF(v_threshold=0.3, v_reset=-0.1, name="lif2")(x)
    x = TimeDistributed(keras.layers.Flatten(), name="flatten")(x)
    x = keras.layers.Dropout(0.5, name="dropout")(x)
    x = keras.layers.Dense(5, name="dense")(x)
    return loud(keras.Model(inputs, LIF(v_threshold=0.2, name="lif3")(x)))


@pytest.mark.parametrize("network", [dense_network, image_network])
def test_written_graph_computes_what_the_network_computes(network, tmp_path):
    report = export.export_nir(network(), tmp_path / "network.nir", dt=1e-3)
    assert report.drift == 0.0
    assert 0.05 < report.rate < 0.95


@pytest.mark.parametrize("network", [dense_network, image_network])
def test_network_that_is_read_again_computes_the_same(network, tmp_path, rng):
    model = network()
    export.export_nir(model, tmp_path / "network.nir")
    again = checkpoints.from_nir(tmp_path / "network.nir", time_steps=TIME_STEPS)
    x = rng.uniform(0, 2, (3, *model.input_shape[1:]))
    wanted = model.predict(x, verbose=0)
    np.testing.assert_array_equal(again.predict(x, verbose=0), wanted)
    assert 0.05 < wanted.mean() < 0.95


def test_time_constants_are_in_seconds(tmp_path):
    export.export_nir(dense_network(tau=4.0), tmp_path / "network.nir", dt=1e-3)
    lif = nir.read(tmp_path / "network.nir").nodes["lif"]
    np.testing.assert_allclose(lif.tau, 4e-3)
    np.testing.assert_allclose(lif.r, 1.0)


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        (LIF(v_reset=None, name="soft"), r"`v_reset` must be a number, as NIR has no soft"),
        (TimeDistributed(keras.layers.MaxPooling2D(), name="pool"), r"layer='pool'"),
        (layers.SMA((1, 3), time_reduction=2, name="sma"), r"layer='sma', type='SMA'"),
        (layers.FSTA(3, name="fsta"), r"layer='fsta', type='FSTA'"),
        (keras.layers.GlobalAveragePooling3D(name="mean"), r"layer='mean'"),
        (
            layers.Synaptic(v_reset=None, name="soft"),
            r"`v_reset` must be a number, as NIR has no soft",
        ),
        (
            layers.Synaptic(tau=math.inf, decay_input=False, name="two"),
            r"`tau` must be finite, as NIR requires it.*layer='two'",
        ),
        (layers.AdaptiveLIF(name="two"), r"layer='two', type='AdaptiveLIF'"),
        (layers.LeakyIntegrator(go_backwards=True, name="back"), r"`go_backwards` must be False"),
    ],
    ids=[
        "soft reset",
        "max pooling",
        "SMA",
        "FSTA",
        "mean",
        "synaptic",
        "no leak",
        "adaptive",
        "backwards",
    ],
)
def test_what_nir_cannot_say_is_named_in_one_sentence(layer, message, tmp_path):
    inputs = keras.Input((4, 6, 6, 8))
    with pytest.raises(ValueError, match=message):
        export.export_nir(keras.Model(inputs, layer(inputs)), tmp_path / "network.nir")
    assert not (tmp_path / "network.nir").exists()


def test_sums_are_edges(tmp_path, rng):
    inputs = keras.Input((TIME_STEPS, 6))
    branches = [keras.layers.Dense(4, name=name)(inputs) for name in ("left", "right")]
    model = loud(keras.Model(inputs, LIF(name="lif")(keras.layers.Add(name="sum")(branches))))
    assert export.export_nir(model, tmp_path / "network.nir").drift == 0.0
    again = checkpoints.from_nir(tmp_path / "network.nir", time_steps=TIME_STEPS)
    x = rng.uniform(0, 2, (3, TIME_STEPS, 6))
    np.testing.assert_array_equal(again.predict(x, verbose=0), model.predict(x, verbose=0))


@pytest.mark.parametrize(
    ("nodes", "message"),
    [
        ({"odd": nir.Delay(np.ones(3))}, r"`source` must have nodes out of IF, LIF.*kind='Delay'"),
        (
            {"odd": nir.IF(r=np.ones(3), v_threshold=np.arange(3.0))},
            r"`v_threshold` must be the same for all neurons of a node.*node='odd'",
        ),
    ],
    ids=["unknown node", "different neurons"],
)
def test_graphs_that_have_no_network_here_are_refused(nodes, message):
    ends = {"input": nir.Input(np.array([3])), "output": nir.Output(np.array([3]))}
    graph = nir.NIRGraph({**ends, **nodes}, [("input", "odd"), ("odd", "output")])
    with pytest.raises(ValueError, match=message):
        checkpoints.from_nir(graph)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ValueError, match=r"`source` must be an existing file.*no\.nir"):
        checkpoints.from_nir(tmp_path / "no.nir")


def test_spikingjelly_computes_the_same_from_the_file(tmp_path, rng):
    exchange = pytest.importorskip("spikingjelly.activation_based.nir_exchange")
    torch = pytest.importorskip("torch")
    model = image_network()
    export.export_nir(model, tmp_path / "network.nir", dt=1e-4)
    theirs = exchange.import_from_nir(tmp_path / "network.nir", dt=1e-4)
    x = rng.uniform(0, 2, (3, *model.input_shape[1:])).astype("float32")
    state, steps = None, []
    for t in range(TIME_STEPS):
        frame = torch.tensor(x[:, t].transpose(0, 3, 1, 2))
        with torch.no_grad():
            output, state = theirs(frame, state)
        steps.append(output.numpy())
    np.testing.assert_array_equal(np.stack(steps, 1), model.predict(x, verbose=0))


def test_a_network_of_spikingjelly_computes_the_same_here(rng):
    exchange = pytest.importorskip("spikingjelly.activation_based.nir_exchange")
    torch = pytest.importorskip("torch")
    from spikingjelly.activation_based import neuron

    torch.manual_seed(2)
    theirs = torch.nn.Sequential(
        torch.nn.Linear(7, 9), neuron.LIFNode(tau=3.0), torch.nn.Linear(9, 4), neuron.IFNode()
    )
    x = rng.uniform(0, 4, (3, TIME_STEPS, 7)).astype("float32")
    excite(theirs)
    graph = exchange.export_to_nir(theirs, torch.tensor(x[:, 0]), dt=1e-4)
    model = checkpoints.from_nir(graph, time_steps=TIME_STEPS, dt=1e-4)
    with torch.no_grad():
        wanted = np.stack([theirs(torch.tensor(x[:, t])).numpy() for t in range(TIME_STEPS)], 1)
    np.testing.assert_array_equal(model.predict(x, verbose=0), wanted)
    assert 0.05 < wanted.mean() < 0.95


@pytest.mark.filterwarnings("ignore:nirtorch.extract_nir_graph:DeprecationWarning")
def test_a_network_of_snntorch_computes_the_same_here(rng):
    snntorch = pytest.importorskip("snntorch")
    torch = pytest.importorskip("torch")
    from snntorch.export_nir import export_to_nir

    torch.manual_seed(2)
    leaky = [
        snntorch.Leaky(
            beta=torch.full((size,), beta),
            threshold=torch.ones(size),
            reset_mechanism="zero",
            init_hidden=True,
        )
        for size, beta in ((9, 0.8), (4, 0.5))
    ]
    theirs = torch.nn.Sequential(torch.nn.Linear(7, 9), leaky[0], torch.nn.Linear(9, 4), leaky[1])
    excite(theirs)
    x = rng.uniform(0, 4, (3, TIME_STEPS, 7)).astype("float32")
    graph = export_to_nir(theirs, torch.tensor(x[0, 0]))
    model = checkpoints.from_nir(graph, time_steps=TIME_STEPS, dt=1e-4)
    for node in leaky:
        node.reset_mem()
    with torch.no_grad():
        wanted = np.stack([theirs(torch.tensor(x[:, t])).numpy() for t in range(TIME_STEPS)], 1)
    np.testing.assert_array_equal(model.predict(x, verbose=0), wanted)
    assert 0.05 < wanted.mean() < 0.95
