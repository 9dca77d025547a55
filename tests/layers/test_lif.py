"""LIF, IF and LIFCell against the reference values, NumPy and each other."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_snn import layers, reset_states
from tests import reference
from tests.fidelity import golden
from tests.golden import close


def run(layer, x, cotangent):
    """Spikes, last membrane and the gradients of x and of the weights."""
    x = tf.constant(x)
    with tf.GradientTape() as tape:
        tape.watch(x)
        spikes, v = layer(x)
        loss = tf.reduce_sum(spikes * cotangent)
    return spikes, v, tape.gradient(loss, [x, *layer.trainable_variables])


@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize("case", golden.LIF)
def test_lif_equals_the_authors(case):
    golden.require_equal(golden.lif(case))


VARIANTS = [
    {"tau": 1.7, "v_threshold": 0.6, "v_reset": 0.1, "detach_reset": False},
    {"tau": 5.0, "v_threshold": 0.4, "v_reset": None, "detach_reset": False},
    {"tau": 2.5, "v_threshold": 0.7, "v_reset": -0.3, "decay_input": False},
    {"tau": 2.5, "v_threshold": 0.7, "v_reset": None, "decay_input": False},
]


@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("time_steps", [5, 40], ids=["unrolled", "looped"])
def test_gradients_of_input_start_and_tau_equal_numpy(variant, time_steps, rng):
    arguments = {"decay_input": True, "detach_reset": True, **variant}
    x = rng.normal(0.4, 1.0, (2, time_steps, 3))
    v0, d_s, d_v = rng.normal(0, 0.3, (2, 3)), rng.normal(size=x.shape), rng.normal(size=(2, 3))
    layer = layers.LIF(**arguments, learn_tau=True, surrogate="sigmoid", return_state=True)
    inputs, start = tf.constant(x), tf.constant(v0)
    with tf.GradientTape() as tape:
        tape.watch([inputs, start])
        spikes, v = layer(inputs, initial_state=start)
        loss = tf.reduce_sum(spikes * d_s) + tf.reduce_sum(v * d_v)
    gradients = tape.gradient(loss, [inputs, start, *layer.trainable_variables])

    names = ("tau", "v_threshold", "v_reset", "decay_input")
    constants = [arguments[name] for name in names]
    wanted_s, _, wanted_v = reference.lif(x, v0, *constants)
    close(spikes, wanted_s)
    close(v, wanted_v[:, -1])
    slope = lambda u: 4 * reference.sigmoid(4 * u) * (1 - reference.sigmoid(4 * u))  # noqa: E731
    wanted = reference.lif_gradient(x, v0, *constants, arguments["detach_reset"], slope, d_s, d_v)
    leak = 1 / arguments["tau"]
    close(gradients[0], wanted[0])
    close(gradients[1], wanted[1])
    close(gradients[2], wanted[2] * leak * (1 - leak))


@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize("detach", [True, False])
@pytest.mark.parametrize("v_reset", [0.0, -0.2, None])
def test_sequence_equals_stepping_the_cell(detach, v_reset, rng):
    arguments = {"tau": 3.0, "v_threshold": 0.5, "v_reset": v_reset, "detach_reset": detach}
    x, cotangent = rng.normal(0.3, 1, (2, 7, 4)), rng.normal(size=(2, 7, 4))
    cell = layers.LIFCell(4, **arguments, learn_tau=True)
    rnn = keras.layers.RNN(cell, return_sequences=True, return_state=True)
    stepped = run(rnn, x, cotangent)
    whole = run(layers.LIF(**arguments, learn_tau=True, return_state=True), x, cotangent)
    for a, b in zip(tf.nest.flatten(whole), tf.nest.flatten(stepped), strict=True):
        close(a, b)


def test_membrane_worked_out_by_hand():
    x = np.array([[[1.0], [1.0], [1.0], [4.0], [0.0]]], "float32")
    spikes, v = layers.LIF(tau=2.0, v_threshold=0.8, return_state=True)(x)
    # h = 0.5, 0.75, 0.875 (fires, back to 0), 2 (fires), 0
    np.testing.assert_array_equal(np.ravel(spikes), [0, 0, 1, 1, 0])
    assert float(v[0, 0]) == 0.0
    _, v = layers.LIF(tau=2.0, v_threshold=0.8, v_reset=None, return_state=True)(x)
    # h = 0.5, 0.75, 0.875 -> 0.075, 2.0375 -> 1.2375, 0.61875
    np.testing.assert_allclose(np.ravel(v), 0.61875, rtol=1e-6)


def test_neuron_fires_at_exact_equality():
    x = np.array([[[2.0], [np.nextafter(np.float32(2.0), np.float32(0))]]], "float32")
    np.testing.assert_array_equal(np.ravel(layers.LIF(tau=2.0)(x)), [1, 0])


def test_integer_inputs_are_cast_and_any_rank_is_taken(rng):
    counts = rng.integers(0, 4, (2, 3, 4, 5, 6))
    spikes = layers.LIF()(counts)
    assert spikes.dtype == "float32"
    np.testing.assert_array_equal(spikes, layers.LIF()(counts.astype("float32")))
    assert layers.LIF()(counts[:, :, :, 0, 0]).shape == (2, 3, 4)


def test_masked_steps_do_not_happen(rng):
    x = rng.normal(0.8, 1.0, (2, 6, 3)).astype("float32")
    mask = np.array([[1, 1, 0, 1, 0, 0], [1, 1, 1, 1, 1, 1]], bool)
    layer = layers.LIF(return_state=True)
    x_tensor = tf.constant(x)
    with tf.GradientTape() as tape:
        tape.watch(x_tensor)
        spikes, v = layer(x_tensor, mask=mask)
        loss = tf.reduce_sum(spikes) + tf.reduce_sum(v)
    short, v_short = layer(x[:1, [0, 1, 3]])
    np.testing.assert_array_equal(spikes[:1].numpy()[:, [0, 1, 3]], short)
    np.testing.assert_array_equal(spikes[0].numpy()[[2, 4, 5]], 0)
    np.testing.assert_allclose(v[0], v_short[0], rtol=1e-6)
    np.testing.assert_array_equal(tape.gradient(loss, x_tensor)[0].numpy()[[2, 4, 5]], 0)


def test_a_model_takes_any_number_of_time_steps_where_time_is_none(rng):
    inputs = keras.Input((None, 5))
    model = keras.Model(inputs, layers.LIF()(inputs))
    for steps in (1, 4, 37):
        x = rng.normal(0.5, 1, (3, steps, 5)).astype("float32")
        np.testing.assert_array_equal(model.predict(x, verbose=0), layers.LIF()(x))
    trained = keras.Model(inputs, layers.LIF()(keras.layers.Dense(5)(inputs)))
    before = trained.get_weights()[0]
    trained.compile("sgd", "mse")
    x = rng.normal(0.5, 1, (4, 6, 5))
    trained.fit(x, x, verbose=0, shuffle=False)
    assert np.abs(trained.get_weights()[0] - before).max() > 0


def test_free_time_steps_train_on_tf_data_and_export(tmp_path, rng):
    inputs = keras.Input((None, 5))
    model = keras.Model(inputs, layers.LIF()(keras.layers.Dense(5)(inputs)))
    fixed = keras.models.clone_model(model)
    fixed.set_weights(model.get_weights())
    x = rng.normal(0.5, 1, (4, 6, 5)).astype("float32")
    spec = (tf.TensorSpec((None, None, 5)), tf.TensorSpec((None, None, 5)))
    data = tf.data.Dataset.from_generator(lambda: [(x, x)], output_signature=spec)
    for each, source in ((model, data.repeat()), (fixed, tf.data.Dataset.from_tensors((x, x)))):
        each.compile("sgd", "mse")
        each.fit(source, steps_per_epoch=1, verbose=0, shuffle=False)
    np.testing.assert_allclose(model.get_weights()[0], fixed.get_weights()[0], rtol=1e-5)
    model.export(tmp_path / "served", verbose=False)
    served = tf.saved_model.load(str(tmp_path / "served"))
    for steps in (3, 6):
        np.testing.assert_array_equal(served.serve(x[:, :steps]), model(x[:, :steps]))


def test_calls_are_independent_unless_stateful(rng):
    x = rng.normal(0.3, 1, (2, 8, 3)).astype("float32")
    layer = layers.LIF()
    np.testing.assert_array_equal(layer(x), layer(x))
    stateful = layers.LIF(stateful=True)
    model = keras.Sequential([keras.Input(batch_shape=(2, 4, 3)), stateful])
    halves = np.concatenate([model.predict(x[:, :4], verbose=0), model(x[:, 4:])], 1)
    np.testing.assert_array_equal(halves, layer(x))
    reset_states(model)
    np.testing.assert_array_equal(model.predict(x[:, :4], verbose=0), layer(x)[:, :4])


def test_kept_membranes_start_at_v_reset_and_are_saved(tmp_path, rng):
    x = rng.normal(0.1, 0.3, (2, 4, 3)).astype("float32")
    layer = layers.LIF(v_reset=-0.5, stateful=True)
    model = keras.Sequential([keras.Input(batch_shape=(2, 4, 3)), layer])
    np.testing.assert_array_equal(layer.membrane, np.full((2, 3), -0.5, "float32"))
    model.predict(x, verbose=0)
    model.save(tmp_path / "stateful.keras")
    loaded = keras.models.load_model(tmp_path / "stateful.keras")
    np.testing.assert_array_equal(loaded.layers[-1].membrane, layer.membrane)
    reset_states(loaded)
    np.testing.assert_array_equal(loaded.layers[-1].membrane, np.full((2, 3), -0.5, "float32"))


def test_membrane_keeps_single_precision_under_half_policies():
    # 300 currents of 1/300 reach 1 in float32; in float16 the sum stalls or drifts.
    x = np.full((1, 300, 1), 1 / 256, "float16")
    layer = layers.IF(v_threshold=10.0, return_state=True, dtype="mixed_float16")
    spikes, v = layer(x)
    assert spikes.dtype == "float16"
    assert v.dtype == "float32"
    assert float(v[0, 0]) == 300 / 256


def test_one_custom_gradient_serves_layers_of_one_model_apart(rng):
    inputs = keras.Input((4, 3))
    hidden = layers.LIF(tau=2.0)(keras.layers.Dense(3)(inputs))
    model = keras.Model(inputs, layers.LIF(tau=4.0, v_reset=None, v_threshold=0.2)(hidden))
    x = rng.normal(size=(2, 4, 3)).astype("float32")
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(model(x))
    assert all(g is not None for g in tape.gradient(loss, model.trainable_variables))


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"tau": -1.0}, "`tau` must be a finite number of at least 1. Received: tau=-1.0"),
        ({"tau": float("nan")}, "`tau` must be a finite number of at least 1. Received: tau=nan"),
        ({"tau": 1.0, "learn_tau": True}, "`tau` must be a finite number greater than 1."),
        ({"tau": "2"}, "`tau` must be a finite number of at least 1. Received: tau='2'"),
        (
            {"v_threshold": 0.0, "v_reset": 0.5},
            "`v_threshold` must be greater than `v_reset`. Received: v_threshold=0.0, v_reset=0.5",
        ),
        ({"v_threshold": 1.0, "v_reset": 1.0}, "`v_threshold` must be greater than `v_reset`."),
        ({"v_threshold": 0.0, "v_reset": None}, "`v_threshold` must be greater than 0."),
        ({"v_threshold": float("inf")}, "`v_threshold` must be a finite number."),
        ({"surrogate": "arctan"}, "`surrogate` must be a keras_snn.surrogates.Surrogate or one of"),
    ],
)
def test_bad_argument_is_named_in_one_sentence(arguments, sentence):
    with pytest.raises(ValueError, match="must") as error:
        layers.LIF(**arguments)
    assert str(error.value).startswith(sentence)


def test_bad_input_is_named_in_one_sentence():
    with pytest.raises(ValueError, match=r"`inputs` must have the axes \(batch, time, ...\)"):
        layers.LIF()(np.zeros((2, 3)))
    with pytest.raises(ValueError, match=r"`initial_state` must have the shape \(2, 4\)"):
        layers.LIF()(np.zeros((2, 3, 4)), initial_state=np.zeros((3, 4)))
    with pytest.raises(ValueError, match="`stateful` must be False where the batch size"):
        layers.LIF(stateful=True).build((None, 3, 4))
    with pytest.raises(ValueError, match="`inputs` must have units=4 features"):
        layers.LIFCell(4).build((None, 3))
