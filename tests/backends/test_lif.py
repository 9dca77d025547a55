"""LIF in functions, compiled or traced, equals the plain one; what is used where."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_snn import layers, surrogates
from keras_snn.backends.tensorflow import chunks, compiled_chunk, traced, xla
from keras_snn.backends.tensorflow import recurrence as choice
from keras_snn.functional import recurrence
from keras_snn.functional.lif import LIFDynamics
from tests.golden import close

EPSILON = {"bfloat16": 2**-7, "float16": 2**-10}

DYNAMICS = [
    LIFDynamics(1.0, 0.0, True, True, surrogates.ATan()),
    LIFDynamics(0.8, None, True, False, surrogates.Sigmoid()),
    LIFDynamics(0.5, -0.2, False, False, surrogates.Tanh()),
]


def forward(form, x, v0, leak, dynamics):
    """Spikes and the last membrane."""
    return _with_kept(form, x, v0, leak, dynamics)[:2]


def _with_kept(form, x, v0, leak, dynamics):
    """And what the form keeps for its backward pass."""
    given = x, None if v0 is None else (v0,), (leak,), None, dynamics
    spikes, (v,), kept = form.forward(*given)
    return spikes, v, kept


def backward(form, x, v0, leak, dynamics, d_spikes, d_v, *, learn):
    """Gradients of the currents, the first membrane and the leak."""
    state, d_last = (None if v is None else (v,) for v in (v0, d_v))
    given = x, state, (leak,), None, dynamics, d_spikes, d_last
    kept = _with_kept(form, x, v0, leak, dynamics)[2]
    d_x, d_state, d_parameters = form.backward(*given, kept, learn=learn)
    return d_x, *(None if d is None else d[0] for d in (d_state, d_parameters))


@pytest.mark.parametrize("dynamics", DYNAMICS, ids=["hard", "soft", "v_reset"])
@pytest.mark.parametrize(
    ("form", "time_steps"),
    [(xla, 5), (xla, 16), (xla, 37), (traced, 5)],
    ids=["one chunk", "chunks", "a shorter last chunk", "traced"],
)
def test_passes_equal_the_plain_ones(dynamics, form, time_steps, rng):
    x = tf.constant(rng.normal(0.4, 1, (2, time_steps, 3, 4)))
    v0, d_v = (tf.constant(rng.normal(size=(2, 3, 4))) for _ in range(2))
    d_spikes = tf.constant(rng.normal(size=x.shape))
    leak = 1.0 / 1.7
    for wanted, actual in zip(
        forward(recurrence, x, v0, leak, dynamics),
        forward(form, x, v0, leak, dynamics),
        strict=True,
    ):
        close(actual, wanted, 1e-12)
    arguments = (x, v0, leak, dynamics, d_spikes, d_v)
    for wanted, actual in zip(
        backward(recurrence, *arguments, learn=True),
        backward(form, *arguments, learn=True),
        strict=True,
    ):
        close(actual, wanted, 1e-12)
    assert backward(form, *arguments, learn=False)[2] is None


@pytest.mark.parametrize("form", [recurrence, xla, traced], ids=["plain", "compiled", "traced"])
@pytest.mark.parametrize("time_steps", [5, 36])
def test_a_membrane_that_is_not_given_is_at_rest(form, time_steps, rng):
    x, d_spikes = (tf.constant(rng.normal(0.4, 1, (2, time_steps, 3, 4))) for _ in range(2))
    rest = tf.fill((2, 3, 4), tf.constant(-0.2, tf.float64))
    spikes, v = forward(form, x, None, 0.5, DYNAMICS[2])
    wanted, wanted_v = forward(recurrence, x, rest, 0.5, DYNAMICS[2])
    np.testing.assert_array_equal(spikes, wanted)
    close(v, wanted_v, 1e-12)
    ends = d_spikes, tf.zeros_like(rest)
    wanted, _, wanted_leak = backward(recurrence, x, rest, 0.5, DYNAMICS[2], *ends, learn=True)
    d_x, d_v0, d_leak = backward(form, x, None, 0.5, DYNAMICS[2], d_spikes, None, learn=True)
    close(d_x, wanted, 1e-12)
    close(d_leak, wanted_leak, 1e-12)
    assert d_v0 is None


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
@pytest.mark.parametrize("form", [xla, traced], ids=["compiled", "traced"])
def test_half_types_keep_the_membrane_in_single_precision(form, dtype, rng):
    x = tf.cast(rng.normal(0.4, 1, (2, 20, 30)), dtype)
    v0 = tf.zeros((2, 30))
    spikes, v = forward(form, x, v0, 0.5, DYNAMICS[0])
    wanted, wanted_v = forward(recurrence, x, v0, 0.5, DYNAMICS[0])
    assert (spikes.dtype, v.dtype) == (dtype, "float32")
    np.testing.assert_array_equal(tf.cast(spikes, "float32"), tf.cast(wanted, "float32"))
    np.testing.assert_allclose(v, wanted_v, rtol=1e-6)
    d_spikes = tf.cast(rng.normal(size=x.shape), dtype)
    arguments = (x, v0, 0.5, DYNAMICS[0], d_spikes, None)
    d_x, d_v0, _ = backward(form, *arguments, learn=False)
    wanted, wanted_v0, _ = backward(recurrence, *arguments, learn=False)
    assert (d_x.dtype, d_v0.dtype) == (dtype, "float32")
    np.testing.assert_allclose(d_v0, wanted_v0, rtol=1e-5, atol=1e-6)
    wide = (tf.cast(value, "float32") for value in (d_x, wanted))
    np.testing.assert_allclose(*wide, rtol=EPSILON[dtype], atol=1e-6)


@pytest.mark.parametrize(("dtype", "error"), [("float64", 1e-12), ("bfloat16", 2**-5)])
def test_second_derivatives_are_the_plain_ones(dtype, error, rng):
    x, d_spikes = (tf.cast(rng.normal(0.4, 1, (2, 12, 40)), dtype) for _ in range(2))

    def slope(form):
        with tf.GradientTape() as tape:
            tape.watch([x, d_spikes])
            d_x, *_ = backward(form, x, None, 0.5, DYNAMICS[0], d_spikes, None, learn=False)
            total = tf.reduce_sum(tf.cast(d_x, "float64") ** 2)
        return [tf.cast(value, "float64") for value in tape.gradient(total, [x, d_spikes])]

    for actual, wanted in zip(slope(xla), slope(recurrence), strict=True):
        assert tf.norm(wanted) > 0.1
        assert tf.norm(actual - wanted) <= error * tf.norm(wanted)


FORMS = pytest.mark.parametrize(
    "form", [recurrence, xla, traced], ids=["plain", "compiled", "traced"]
)


@FORMS
@pytest.mark.parametrize("time_steps", [5, 36])
@pytest.mark.parametrize("dynamics", DYNAMICS, ids=["hard", "soft", "v_reset"])
def test_nan_stays_visible_from_its_step_on(dynamics, form, time_steps, rng):
    x = rng.normal(0.4, 1, (2, time_steps, 6))
    clean, _ = forward(form, tf.constant(x), None, 0.5, dynamics)
    x[1, 3, 2] = np.nan
    spikes, v = (np.asarray(y) for y in forward(form, tf.constant(x), None, 0.5, dynamics))
    wanted = np.array(clean)
    wanted[1, 3:, 2] = np.nan
    np.testing.assert_array_equal(spikes, wanted)
    assert np.isnan(v[1, 2])
    assert np.isnan(v).sum() == 1


@FORMS
@pytest.mark.parametrize("time_steps", [5, 36])
@pytest.mark.parametrize("dynamics", [DYNAMICS[0], DYNAMICS[2]], ids=["hard", "v_reset"])
def test_one_infinite_current_is_one_spike_and_then_rest(dynamics, form, time_steps, rng):
    x, d_spikes = rng.normal(0.4, 1, (2, 2, time_steps, 6))
    x[1, 3, 2] = 1e6
    finite = _both_passes(form, x, d_spikes, dynamics)
    x[1, 3, 2] = np.inf
    for actual, wanted in zip(_both_passes(form, x, d_spikes, dynamics), finite, strict=True):
        assert np.isfinite(actual).all()
        np.testing.assert_allclose(actual, wanted, atol=1e-5)


@FORMS
@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("v_reset", [0.0, -0.2, None], ids=["hard", "v_reset", "soft"])
def test_without_memory_an_infinite_current_is_forgotten(v_reset, sign, form, rng):
    dynamics = LIFDynamics(0.5, v_reset, True, False, surrogates.ATan(), memoryless=True)
    x, d_spikes = rng.normal(0.4, 1, (2, 2, 5, 6))
    x[1, 3, 2], d_spikes[1, 3, 2] = sign * 1e6, 0
    finite = _both_passes(form, x, d_spikes, dynamics, leak=1.0)
    x[1, 3, 2] = sign * np.inf
    infinite = _both_passes(form, x, d_spikes, dynamics, leak=1.0)
    for actual, wanted in zip(infinite, finite, strict=True):
        np.testing.assert_allclose(actual, wanted, atol=1e-5)


def test_checks_of_numerics_take_the_plain_form(monkeypatch):
    compiled = []
    monkeypatch.setattr(xla, "forward", lambda *args, f=xla.forward: compiled.append(1) or f(*args))
    x = tf.random.normal((1, 2, 2**16))
    layer = layers.LIF(v_threshold=0.77)
    tf.debugging.enable_check_numerics()
    try:
        with tf.GradientTape() as tape:
            tape.watch(x)
            outputs = layer(x)
        assert np.isfinite(tape.gradient(outputs, x)).all()
        assert not compiled
    finally:
        tf.debugging.disable_check_numerics()
    np.testing.assert_array_equal(layer(x), outputs)
    assert compiled


def _both_passes(form, x, d_spikes, dynamics, leak=0.5):
    """Spikes, the last recurrence, and the gradient of the currents."""
    x, d_spikes = tf.constant(x), tf.constant(d_spikes)
    d_x, *_ = backward(form, x, None, leak, dynamics, d_spikes, None, learn=False)
    return [np.asarray(y) for y in (*forward(form, x, None, leak, dynamics), d_x)]


def test_long_sequences_are_compiled_once_for_all_chunks():
    inputs = tf.random.normal((1, 80, 2**16))
    layer = layers.LIF(v_threshold=0.83)
    before = compiled_chunk.forward_of_chunk.cache_info().misses
    compiled = compiled_chunk.forward_of_chunk(layer.dynamics, 80, 20, tf.float32, tf.float32, 1)
    layer(inputs)
    assert compiled_chunk.forward_of_chunk.cache_info().misses == before + 1
    assert len(compiled._list_all_concrete_functions()) == 1


@pytest.mark.parametrize(
    ("time_steps", "steps"),
    [(19, 19), (20, 20), (31, 16), (32, 16), (33, 11), (37, 19), (250, 10), (1000, 20)],
)
def test_chunks_are_as_equal_as_they_can_be(time_steps, steps):
    assert chunks.steps_of_chunks(time_steps) == steps


def test_equal_neurons_share_their_compiled_functions():
    a, b = layers.LIF(surrogate="atan"), layers.LIF(surrogate=surrogates.ATan(2.0))
    assert a.dynamics == b.dynamics
    types, other = (tf.float32, tf.float32), layers.LIF(v_reset=None).dynamics
    for make in (lambda *kind: xla._forward(*kind, 1), lambda *kind: traced._forward(*kind, 1, 0)):
        ours, equal, others = (make(d, 8, *types) for d in (a.dynamics, b.dynamics, other))
        assert ours is equal
        assert ours is not others


def _compiled_calls(function):
    """Whether the graph of a traced function calls anything compiled by XLA."""
    graph = function.graph.as_graph_def()
    return any("_XlaMustCompile" in f.attr for f in graph.library.function)


def _large_model():
    inputs = keras.Input((8, 32, 32, 16))
    return keras.Model(inputs, layers.LIF()(inputs))


def test_large_layers_are_compiled_and_exported_ones_are_not(tmp_path):
    model = _large_model()
    spec = tf.TensorSpec((None, 8, 32, 32, 16))
    assert choice.MIN_COMPILED_ELEMENTS <= 8 * 32 * 32 * 16
    assert _compiled_calls(tf.function(model).get_concrete_function(spec))
    model.export(tmp_path / "served", verbose=False)
    served = tf.saved_model.load(str(tmp_path / "served"))
    assert not _compiled_calls(served.signatures["serving_default"])


def test_small_layers_of_any_size_are_traced_together():
    before = traced._forward.cache_info().misses
    for shape in ((6, 3, 4), (6, 5, 2, 2), (6, 7)):
        inputs = keras.Input(shape)
        keras.Model(inputs, layers.LIF(v_threshold=3.7)(inputs)).predict(
            np.zeros((2, *shape)), verbose=0
        )
    assert traced._forward.cache_info().misses == before + 1


def test_exported_model_equals_the_compiled_one(tmp_path, rng):
    model = _large_model()
    x = rng.normal(0.5, 1, (2, 8, 32, 32, 16)).astype("float32")
    model.export(tmp_path / "served", verbose=False)
    served = tf.saved_model.load(str(tmp_path / "served"))
    np.testing.assert_array_equal(served.serve(x), model.predict(x, verbose=0))


def test_any_batch_size_goes_through_one_traced_function(rng):
    model = _large_model()
    x = rng.normal(0.5, 1, (5, 8, 32, 32, 16)).astype("float32")
    np.testing.assert_array_equal(model.predict(x, batch_size=3, verbose=0), layers.LIF()(x))
