"""The compiled LIF equals the plain one, and is what large layers use."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_snn import layers, surrogates
from keras_snn.functional import membrane
from keras_snn.kernels import tensorflow as kernels
from keras_snn.kernels import xla
from tests.golden import close

DYNAMICS = [
    membrane.Dynamics(1.0, 0.0, True, True, surrogates.ATan()),
    membrane.Dynamics(0.8, None, True, False, surrogates.Sigmoid()),
    membrane.Dynamics(0.5, -0.2, False, False, surrogates.Tanh()),
]


@pytest.mark.parametrize("dynamics", DYNAMICS, ids=["hard", "soft", "v_reset"])
@pytest.mark.parametrize(
    "time_steps", [5, 16, 37, 70], ids=["short", "one chunk", "chunks", "long"]
)
def test_compiled_passes_equal_the_plain_ones(dynamics, time_steps, rng):
    x = tf.constant(rng.normal(0.4, 1, (2, time_steps, 3, 4)))
    v0, d_v = (tf.constant(rng.normal(size=(2, 3, 4))) for _ in range(2))
    d_spikes = tf.constant(rng.normal(size=x.shape))
    leak = tf.constant(0.4, "float64")
    for wanted, actual in zip(
        membrane.forward(x, v0, leak, None, dynamics),
        xla.forward(x, v0, leak, None, dynamics),
        strict=True,
    ):
        close(actual, wanted, 1e-12)
    arguments = (x, v0, leak, None, dynamics, d_spikes, d_v)
    for wanted, actual in zip(
        membrane.backward(*arguments, learn_leak=True),
        xla.backward(*arguments, learn_leak=True),
        strict=True,
    ):
        close(actual, wanted, 1e-12)
    assert xla.backward(*arguments, learn_leak=False)[2] is None


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_half_types_keep_the_membrane_in_single_precision(dtype, rng):
    x = tf.cast(rng.normal(0.4, 1, (2, 20, 30)), dtype)
    v0 = tf.zeros((2, 30))
    spikes, v = xla.forward(x, v0, 0.5, None, DYNAMICS[0])
    wanted, wanted_v = membrane.forward(x, v0, 0.5, None, DYNAMICS[0])
    assert (spikes.dtype, v.dtype) == (dtype, "float32")
    np.testing.assert_array_equal(tf.cast(spikes, "float32"), tf.cast(wanted, "float32"))
    np.testing.assert_allclose(v, wanted_v, rtol=1e-6)


def test_equal_neurons_share_their_compiled_functions():
    a, b = layers.LIF(surrogate="atan"), layers.LIF(surrogate=surrogates.ATan(2.0))
    assert a.dynamics == b.dynamics
    assert xla._forward(a.dynamics, 8) is xla._forward(b.dynamics, 8)
    assert xla._forward(a.dynamics, 8) is not xla._forward(layers.LIF(v_reset=None).dynamics, 8)


def _compiled_calls(function):
    """Whether the graph of a traced function calls anything compiled by XLA."""
    graph = function.graph.as_graph_def()
    return any("_XlaMustCompile" in f.attr for f in graph.library.function)


def _large_model():
    inputs = keras.Input((8, 32, 32, 8))
    return keras.Model(inputs, layers.LIF()(inputs))


def test_large_layers_are_compiled_and_exported_ones_are_not(tmp_path):
    model = _large_model()
    spec = tf.TensorSpec((None, 8, 32, 32, 8))
    assert kernels.SMALL <= 8 * 32 * 32 * 8
    assert _compiled_calls(tf.function(model).get_concrete_function(spec))
    model.export(tmp_path / "served", verbose=False)
    served = tf.saved_model.load(str(tmp_path / "served"))
    assert not _compiled_calls(served.signatures["serving_default"])


def test_exported_model_equals_the_compiled_one(tmp_path, rng):
    model = _large_model()
    x = rng.normal(0.5, 1, (2, 8, 32, 32, 8)).astype("float32")
    model.export(tmp_path / "served", verbose=False)
    served = tf.saved_model.load(str(tmp_path / "served"))
    np.testing.assert_array_equal(served.serve(x), model.predict(x, verbose=0))


def test_any_batch_size_goes_through_one_traced_function(rng):
    model = _large_model()
    x = rng.normal(0.5, 1, (5, 8, 32, 32, 8)).astype("float32")
    np.testing.assert_array_equal(model.predict(x, batch_size=3, verbose=0), layers.LIF()(x))
