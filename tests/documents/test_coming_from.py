"""The rows of docs/coming-from that say "equal" are equal, in double precision."""

import keras
import numpy as np
import pytest

from keras_snn.layers import IF, LIF
from tests.golden import close

pytestmark = pytest.mark.usefixtures("float64")
SIGMOID = {"surrogate": "sigmoid", "detach_reset": False}


@pytest.fixture
def torch():
    module = pytest.importorskip("torch")
    module.set_default_dtype(module.float64)
    yield module
    module.set_default_dtype(module.float32)


@pytest.fixture
def x(rng):
    return rng.normal(0.6, 1, (3, 12, 5))


def gradient(layer, x, cotangent):
    """Spikes, and the gradient of sum(spikes * cotangent), by TensorFlow."""
    import tensorflow as tf

    x = tf.constant(x)
    with tf.GradientTape() as tape:
        tape.watch(x)
        spikes = layer(x)
        total = tf.reduce_sum(spikes * cotangent)
    return np.asarray(spikes), np.asarray(tape.gradient(total, x))


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        (lambda n: n.LIFNode(tau=2.0), lambda: LIF(tau=2.0, **SIGMOID)),
        (
            lambda n: n.LIFNode(tau=3.0, v_reset=None, decay_input=False),
            lambda: LIF(tau=3.0, v_reset=None, decay_input=False, **SIGMOID),
        ),
        (lambda n: n.LIFNode(tau=2.0, v_reset=-0.2), lambda: LIF(v_reset=-0.2, **SIGMOID)),
        (lambda n: n.IFNode(), lambda: IF(**SIGMOID)),
        (lambda n: n.ParametricLIFNode(init_tau=2.0), lambda: LIF(learn_tau=True, **SIGMOID)),
    ],
    ids=["LIF", "soft reset", "other reset", "IF", "parametric LIF"],
)
def test_neurons_equal_those_of_spikingjelly(theirs, ours, x, rng, torch):
    neuron = pytest.importorskip("spikingjelly.activation_based.neuron")
    node, cotangent = theirs(neuron).double(), rng.normal(size=x.shape)
    given = torch.tensor(x, requires_grad=True)
    spikes = torch.stack([node(given[:, t]) for t in range(x.shape[1])], 1)
    (spikes * torch.tensor(cotangent)).sum().backward()
    found, slope = gradient(ours(), x, cotangent)
    np.testing.assert_array_equal(found, spikes.detach().numpy())
    close(slope, given.grad.numpy())


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ({"beta": 0.8, "reset_mechanism": "zero"}, {"tau": 5.0, "v_reset": 0.0}),
        (
            {"beta": 0.8, "threshold": 0.5, "reset_mechanism": "zero"},
            {"tau": 5.0, "v_threshold": 0.5},
        ),
    ],
    ids=["zero", "threshold"],
)
def test_leaky_neurons_equal_those_of_snntorch(theirs, ours, x, torch):
    found = np.asarray(LIF(decay_input=False, **ours)(x))
    np.testing.assert_array_equal(found, snntorch_spikes(x, torch, **theirs))


def test_neurons_without_a_leak_equal_those_of_snntorch(x, torch):
    wanted = snntorch_spikes(x, torch, beta=1.0, reset_mechanism="subtract")
    np.testing.assert_array_equal(np.asarray(IF(v_reset=None)(x)), wanted)


def test_soft_reset_of_snntorch_subtracts_after_the_leak(x, torch):
    v, s, wanted = np.zeros((3, 5)), np.zeros((3, 5)), []
    for t in range(x.shape[1]):
        v = 0.8 * v + x[:, t] - s
        s = (v > 1.0).astype(float)
        wanted.append(s)
    found = snntorch_spikes(x, torch, beta=0.8, reset_mechanism="subtract")
    np.testing.assert_array_equal(found, np.stack(wanted, 1))
    ours = np.asarray(LIF(tau=5.0, decay_input=False, v_reset=None)(x))
    assert not np.array_equal(ours, found)


def snntorch_spikes(x, torch, **arguments):
    snntorch = pytest.importorskip("snntorch")
    node = snntorch.Leaky(**arguments).double()
    membrane, spikes = node.init_leaky(), []
    for t in range(x.shape[1]):
        fired, membrane = node(torch.tensor(x[:, t]), membrane)
        spikes.append(fired.detach().numpy())
    return np.stack(spikes, 1)


def test_soft_reset_gives_the_rates_of_keras_spiking(x):
    rates, dt = np.maximum(x, 0.0), 0.1
    voltage, wanted = np.zeros((3, 5)), []
    for t in range(x.shape[1]):
        voltage = voltage + rates[:, t] * dt
        wanted.append(np.floor(voltage) / dt)
        voltage = voltage - np.floor(voltage)
    spikes = IF(v_reset=None)(keras.ops.relu(x) * dt) / dt
    close(np.asarray(spikes), np.stack(wanted, 1))
