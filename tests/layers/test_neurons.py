"""Every neuron equals a loop over time that is written out here, gradients by TensorFlow's tape."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import keras_snn
from keras_snn import layers, surrogates
from tests.golden import close

SPIKE = surrogates.ATan()
TAU, SHAPE = 1.8, (2, 7, 3, 4)


def fire(h, threshold, detach, v_reset):
    """Spikes and the membrane after the reset."""
    spikes = SPIKE(h - threshold)
    through = tf.stop_gradient(spikes) if detach else spikes
    if v_reset is None:
        return spikes, h - through * 0.6
    return spikes, (1.0 - through) * h + through * v_reset


def charge(v, current, leak, decay_input, rest):
    return rest + (1.0 - leak) * (v - rest) + (leak * current if decay_input else current)


def loop(kind, x, leak, detach, v_reset, decay_input=True, mask=None, kernel=None):
    """Outputs (batch, time, ...) and the last states."""
    rest = v_reset or 0.0
    v, other = tf.fill(x[:, 0].shape, tf.constant(rest, x.dtype)), tf.zeros_like(x[:, 0])
    outputs = []
    for t in range(x.shape[1]):
        before, current = (v, other), x[:, t]
        if kind == "synaptic":
            other = current = (1.0 - 1.0 / 3.0) * other + current
        if kind == "recurrent":
            current = current + other @ kernel
        h = charge(v, current, leak, decay_input, rest)
        threshold = 0.6 + (0.9 * other if kind == "adaptive" else 0.0)
        output, v = (h, h) if kind == "integrator" else fire(h, threshold, detach, v_reset)
        if kind == "adaptive":
            other = (1.0 - 1.0 / 5.0) * other + output / 5.0
        if kind == "recurrent":
            other = output
        if mask is not None:
            valid = tf.reshape(mask[:, t], [-1] + [1] * (x.ndim - 2))
            idle = before[0] if kind == "integrator" else tf.zeros_like(output)
            output = tf.where(valid, output, idle)
            v, other = (tf.where(valid, a, b) for a, b in zip((v, other), before, strict=True))
        outputs.append(output)
    return tf.stack(outputs, 1), (v, other)


def make(kind, detach=True, v_reset=0.0, **arguments):
    constants = {"tau": TAU, **arguments}
    if kind == "integrator":
        return layers.LeakyIntegrator(**constants)
    constants |= {"v_threshold": 0.6, "detach_reset": detach, "v_reset": v_reset}
    return {
        "lif": lambda: layers.LIF(**constants),
        "synaptic": lambda: layers.Synaptic(tau_synapse=3.0, **constants),
        "adaptive": lambda: layers.AdaptiveLIF(beta=0.9, tau_adaptation=5.0, **constants),
        "recurrent": lambda: layers.RecurrentLIF(4, **constants),
    }[kind]()


KINDS = ["lif", "integrator", "synaptic", "adaptive", "recurrent"]
TWO_STATES = KINDS[2:]


def shape_of(kind):
    return (2, 7, 4) if kind == "recurrent" else SHAPE


@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize("masked", [False, True], ids=["whole", "masked"])
@pytest.mark.parametrize(
    ("detach", "v_reset", "decay_input"),
    [(True, 0.0, True), (False, None, True), (False, -0.2, False)],
    ids=["hard", "soft", "v_reset"],
)
@pytest.mark.parametrize("kind", KINDS)
def test_outputs_and_gradients_equal_those_of_the_loop(
    kind, detach, v_reset, decay_input, masked, rng
):
    if kind == "integrator":
        v_reset = 0.0
    x = tf.constant(rng.normal(0.5, 1, shape_of(kind)))
    mask = tf.constant(rng.random(x.shape[:2]) < 0.7) if masked else None
    layer = make(kind, detach, v_reset, learn_tau=True, decay_input=decay_input, return_state=True)
    layer.build(x.shape)
    w = layer.leak_logit
    learned = [w] + ([layer.recurrent_kernel] if kind == "recurrent" else [])
    cotangent = tf.constant(rng.normal(size=x.shape))

    def total(outputs, last):
        parts = zip(last, (0.3, -0.7), strict=False)
        return tf.reduce_sum(outputs * cotangent) + sum(c * tf.reduce_sum(v**2) for v, c in parts)

    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        outputs, *last = layer(x, mask=mask)
        kernel = learned[1].value if kind == "recurrent" else None
        leak = tf.sigmoid(w.value)
        wanted, states = loop(kind, x, leak, detach, v_reset, decay_input, mask, kernel)
        states = states[: len(last)]
        ours, theirs = total(outputs, last), total(wanted, states)
    np.testing.assert_allclose(outputs, wanted, atol=1e-12)
    for found, state in zip(last, states, strict=True):
        close(found, state)
    sources = [x, *(variable.value for variable in learned)]
    for found, slope in zip(
        tape.gradient(ours, sources), tape.gradient(theirs, sources), strict=True
    ):
        close(found, slope)
    if kind != "integrator":
        assert 0.05 < np.mean(outputs) < 0.9


@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "recurrent"])
def test_tau_is_learned_per_channel(kind, rng):
    x = tf.constant(rng.normal(0.5, 1, SHAPE))
    layer = make(kind, learn_tau=True, tau_shape="channel")
    layer.build(x.shape)
    assert layer.leak_logit.shape == (4,)
    layer.leak_logit.assign(rng.normal(size=4))
    with tf.GradientTape(persistent=True) as tape:
        ours = tf.reduce_sum(layer(x) * x)
        theirs = tf.reduce_sum(loop(kind, x, tf.sigmoid(layer.leak_logit.value), True, 0.0)[0] * x)
    close(ours, theirs)
    source = layer.leak_logit.value
    close(tape.gradient(ours, source), tape.gradient(theirs, source))


@pytest.mark.parametrize("kind", KINDS)
def test_a_sequence_in_two_parts_is_the_sequence(kind, rng):
    x = rng.normal(0.5, 1, shape_of(kind)).astype("float32")
    layer = make(kind, return_state=True)
    whole, *wanted = layer(x)
    first, *states = layer(x[:, :3])
    second, *last = layer(x[:, 3:], initial_state=states if len(states) > 1 else states[0])
    np.testing.assert_array_equal(np.concatenate([first, second], 1), whole)
    for found, state in zip(last, wanted, strict=True):
        np.testing.assert_array_equal(found, state)


@pytest.mark.parametrize("kind", KINDS)
def test_stateful_neurons_go_on_until_they_are_reset(kind, rng):
    x = rng.normal(0.5, 1, shape_of(kind)).astype("float32")
    inputs = keras.Input(batch_shape=(2, None, *x.shape[2:]))
    model = keras.Model(inputs, make(kind, stateful=True)(inputs))
    parts = [np.asarray(model(part)) for part in (x[:, :3], x[:, 3:])]
    np.testing.assert_array_equal(np.concatenate(parts, 1), make_like(kind, model)(x))
    keras_snn.reset_states(model)
    np.testing.assert_array_equal(model(x[:, :3]), parts[0])


@pytest.mark.parametrize("kind", KINDS)
def test_a_stateful_neuron_in_two_places_has_one_state(kind, rng):
    x = rng.normal(0.5, 1, shape_of(kind)).astype("float32")
    inputs = [keras.Input(batch_shape=(2, 3, *x.shape[2:])) for _ in range(2)]
    layer = make(kind, stateful=True)
    model = keras.Model(inputs, [layer(each) for each in inputs])
    parts = [x[:, :3], x[:, 3:6]]
    found = [np.asarray(part) for part in model(parts)]
    in_keras_order = [np.concatenate(each[::-1], 1) for each in (found, parts)]
    np.testing.assert_array_equal(in_keras_order[0], make_like(kind, model)(in_keras_order[1]))


def make_like(kind, model):
    """A neuron layer without kept states, with the model's weights."""
    layer = make(kind)
    layer.build((None, None, *model.inputs[0].shape[2:]))
    if kind == "recurrent":
        layer.recurrent_kernel.assign(model.layers[-1].recurrent_kernel)
    return layer


@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize("masked", [False, True], ids=["whole", "masked"])
@pytest.mark.parametrize("kind", KINDS)
def test_keras_runs_neurons_in_both_directions(kind, masked, rng):
    x = rng.normal(0.5, 1, (2, 7, 4))
    mask = rng.random((2, 7)) < 0.7 if masked else None
    inputs = keras.Input((7, 4))
    both = keras.layers.Bidirectional(make(kind), merge_mode=None)
    model = keras.Model(inputs, both(inputs))
    forwards, backwards = both(x, mask=mask)
    flipped = None if mask is None else mask[:, ::-1]
    wanted = both.backward_layer.from_config(
        {**both.backward_layer.get_config(), "go_backwards": False}
    )
    wanted.build(x.shape)
    wanted.set_weights(both.backward_layer.get_weights())
    np.testing.assert_array_equal(backwards, wanted(x[:, ::-1], mask=flipped)[:, ::-1])
    np.testing.assert_array_equal(forwards, both.forward_layer(x, mask=mask))
    assert not np.array_equal(forwards, backwards)
    assert keras.models.clone_model(model).count_params() == model.count_params()


@pytest.mark.parametrize("kind", KINDS)
def test_nan_stays_visible(kind, rng):
    x = rng.normal(0.5, 1, shape_of(kind)).astype("float32")
    x[1, 2] = np.nan
    outputs = np.asarray(make(kind)(x))
    assert np.isnan(outputs[1, 2:]).all()
    assert np.isfinite(outputs[0]).all()
    assert np.isfinite(outputs[1, :2]).all()


@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("v_reset", [0.0, -0.2, None], ids=["hard", "v_reset", "soft"])
@pytest.mark.parametrize("kind", KINDS)
def test_without_memory_an_infinite_current_has_no_consequences(kind, v_reset, sign, rng):
    layer = _memoryless(kind, v_reset)
    x = rng.normal(0.5, 1, shape_of(kind))
    results = []
    for value in (sign * 1e6, sign * np.inf):
        x[1, 2] = value
        inputs = tf.constant(x)
        with tf.GradientTape() as tape:
            tape.watch(inputs)
            outputs = layer(inputs)
            total = tf.reduce_sum(outputs[:, 3:] * inputs[:, 3:])
        results.append((np.delete(outputs, 2, axis=1), tape.gradient(total, inputs)))
    for found, wanted in zip(results[1], results[0], strict=True):
        np.testing.assert_allclose(found, wanted, atol=1e-5)


@pytest.mark.parametrize("logit", [40.0, -200.0], ids=["tau of 1", "infinite tau"])
@pytest.mark.parametrize("kind", [*KINDS, "cell"])
def test_a_learned_tau_that_rounds_to_its_limit_makes_no_nan(kind, logit):
    cell = keras.layers.RNN(layers.LIFCell(4, learn_tau=True), return_sequences=True)
    layer = cell if kind == "cell" else make(kind, learn_tau=True)
    x = np.full((1, 4, 4), 0.5, "float32")
    x[0, 1] = -np.inf
    layer.build(x.shape)
    weight = layer.cell.leak_logit if kind == "cell" else layer.leak_logit
    weight.assign(logit)
    inputs = tf.constant(x)
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        outputs = layer(inputs)
    assert not np.isnan(outputs).any()
    assert all(np.isfinite(slope).all() for slope in tape.gradient(outputs, [inputs, weight.value]))


def _memoryless(kind, v_reset):
    if kind == "synaptic":
        return layers.Synaptic(1.0, 1.0, v_threshold=0.6, v_reset=v_reset)
    reset = {} if kind == "integrator" else {"v_reset": v_reset}
    return make(kind, tau=1.0, **reset)


@pytest.mark.parametrize("kind", TWO_STATES)
def test_large_layers_are_compiled_alike(kind, rng):
    width = 20000
    x = rng.normal(0.5, 1, (1, 7, width)).astype("float32")
    if kind == "recurrent":
        pytest.skip("A recurrent kernel of this size takes the plain form.")
    wanted, _ = loop(kind, tf.constant(x), tf.constant(1 / TAU), True, 0.0)
    assert np.mean(np.asarray(make(kind)(x)) != wanted) < 1e-4


@pytest.mark.parametrize(
    ("make_layer", "message"),
    [
        (lambda: layers.Synaptic(tau_synapse=0.5), "`tau_synapse` must be a finite number of at"),
        (lambda: layers.AdaptiveLIF(beta=-1), "`beta` must be a finite number of at least 0"),
        (lambda: layers.IF(tau=2.0), "`tau` must be left to `LIF`.* Received: tau=2.0"),
        (lambda: layers.IF(learn_tau=True), "`learn_tau` must be left to `LIF`"),
        (lambda: layers.RecurrentLIF(0), "`units` must be an integer of at least 1"),
        (lambda: layers.LIF(tau_shape="channel"), '`tau_shape` must be "layer" unless'),
        (lambda: layers.LIF(learn_tau=True, tau_shape="map"), "`tau_shape` must be one of"),
        (lambda: layers.LIF()(np.ones((2, 0, 3))), "`inputs` must have at least one time step"),
        (lambda: layers.RecurrentLIF(4)(np.ones((2, 3, 5))), r"`inputs` must have the shape"),
        (lambda: layers.LIF()(np.ones((4, 6, 3)), mask=np.ones((4, 1))), "`mask` must have the"),
        (lambda: layers.LIF()(np.ones((4, 6, 3)), mask=np.ones((1, 6))), "`mask` must have the"),
        (
            lambda: layers.LIF()(np.ones((4, 6, 2, 3)), mask=np.ones((4, 6, 2, 3))),
            "`mask` must have the shape",
        ),
        (
            lambda: layers.Synaptic()(np.ones((2, 3, 4)), initial_state=np.ones((2, 4))),
            "`initial_state` must be 2 tensors: membrane, current",
        ),
    ],
)
def test_bad_arguments_are_one_sentence(make_layer, message):
    with pytest.raises(ValueError, match=message):
        make_layer()
