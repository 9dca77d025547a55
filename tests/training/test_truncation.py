"""Truncated backpropagation through time, against windows written out by hand."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_snn import layers
from keras_snn.training import TruncatedBPTT
from tests.applications.miniatures import inputs, liven, miniature

STEPS, CLASSES = 12, 3


def cross_entropy():
    """Of logits, in the dtype of the test."""
    return keras.losses.SparseCategoricalCrossentropy(from_logits=True)


def network(*, per_step=False, norm=False, dtype=None, **constants):
    """Convolution, neurons, dense, neurons; one output a sample or one per step."""
    model_inputs = keras.Input((STEPS, 5, 6, 2), dtype=dtype)
    conv = keras.layers.Conv2D(4, 3, padding="same", name="conv")
    x = layers.TimeDistributed(conv)(model_inputs)
    x = layers.BatchNormalization(name="bn")(x) if norm else x
    x = layers.LIF(v_threshold=0.3, learn_tau=True, name="lif1", **constants)(x)
    x = layers.TimeDistributed(keras.layers.Flatten(), name="flatten")(x)
    x = keras.layers.Dense(5, name="dense1")(x)
    x = layers.LIF(tau=3.0, v_threshold=0.2, name="lif2", **constants)(x)
    x = x if per_step else keras.layers.GlobalAveragePooling1D(name="time")(x)
    return liven(keras.Model(model_inputs, keras.layers.Dense(CLASSES, name="dense2")(x)))


def batch(per_step=False, size=3):
    rng = np.random.default_rng(2)
    shape = (size, STEPS) if per_step else (size,)
    return rng.normal(0.5, 1.0, (size, STEPS, 5, 6, 2)), rng.integers(0, CLASSES, shape)


def vectors(size=9):
    rng = np.random.default_rng(4)
    return rng.normal(0.5, 1.0, (size, 8, 6)), rng.integers(0, CLASSES, size)


def gradients_of_one_step(subject, x, y, sample_weight=None):
    """What SGD with learning rate 1 takes from the weights, and the logs."""
    before = [keras.ops.convert_to_numpy(v) for v in subject.trainable_variables]
    subject.compile(keras.optimizers.SGD(1.0), cross_entropy(), metrics=["accuracy"])
    logs = subject.train_on_batch(x, y, sample_weight=sample_weight, return_dict=True)
    after = [keras.ops.convert_to_numpy(v) for v in subject.trainable_variables]
    return logs, [a - b for a, b in zip(before, after, strict=True)]


def by_hand(model, x, y, window, per_step, cut):
    """Loss and gradients of the windows' mean, membranes passed on, `cut` at borders or not."""
    conv, lif1, lif2 = (model.get_layer(name) for name in ("time_distributed", "lif1", "lif2"))
    dense1, dense2 = model.get_layer("dense1"), model.get_layer("dense2")
    x = tf.constant(x)
    v1 = v2 = None
    losses, loss_of = [], cross_entropy()
    with tf.GradientTape() as tape:
        for first in range(0, STEPS, window):
            current = conv(x[:, first : first + window])
            spikes, v1 = lif1.run(current, v1)
            features = tf.reshape(spikes, (*spikes.shape[:2], -1))
            spikes, v2 = lif2.run(dense1(features), v2)
            rates = spikes if per_step else tf.reduce_mean(spikes, 1)
            target = y[:, first : first + window] if per_step else y
            losses.append(loss_of(target, dense2(rates)))
            v1, v2 = (tf.stop_gradient(v1), tf.stop_gradient(v2)) if cut else (v1, v2)
        loss = tf.reduce_mean(tf.stack(losses))
    return float(loss), tape.gradient(loss, [v.value for v in model.trainable_variables])


RESETS = [{}, {"v_reset": None, "detach_reset": False}, {"v_reset": -0.2}]


@pytest.mark.parametrize("constants", RESETS)
@pytest.mark.parametrize("per_step", [False, True])
@pytest.mark.parametrize("window", [1, 4])
def test_a_step_descends_on_the_truncated_loss(window, per_step, constants, float64):
    model = network(per_step=per_step, **constants)
    x, y = batch(per_step)
    loss, wanted = by_hand(model, x, y, window, per_step, cut=True)
    _, untruncated = by_hand(model, x, y, window, per_step, cut=False)
    logs, actual = gradients_of_one_step(TruncatedBPTT(model, window), x, y)
    np.testing.assert_allclose(logs["loss"], loss, rtol=1e-9)
    for a, b in zip(actual, wanted, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-12)
    assert not np.allclose(actual[0], untruncated[0], rtol=1e-3), "nothing was truncated"


@pytest.mark.parametrize("per_step", [False, True])
def test_one_window_is_plain_training(per_step, float64):
    model = network(per_step=per_step, norm=True)
    start = model.get_weights()
    x, y = batch(per_step)
    weights = np.array([1.0, 0.5, 2.0])
    weights = np.repeat(weights[:, None], STEPS, axis=1) if per_step else weights
    wanted = gradients_of_one_step(model, x, y, weights)
    statistics = [keras.ops.convert_to_numpy(v) for v in model.non_trainable_variables]
    model.set_weights(start)
    actual = gradients_of_one_step(TruncatedBPTT(model, STEPS), x, y, weights)
    assert actual[0] == pytest.approx(wanted[0], rel=1e-9)
    for a, b in zip(actual[1], wanted[1], strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-12)
    for a, b in zip(model.non_trainable_variables, statistics, strict=True):
        np.testing.assert_allclose(keras.ops.convert_to_numpy(a), b, rtol=1e-9)


def test_weights_of_samples_and_of_steps_count(float64):
    model = network(per_step=True)
    start = model.get_weights()
    x, y = batch(per_step=True)
    _, all_alike = gradients_of_one_step(TruncatedBPTT(model, 4), x, y)
    model.set_weights(start)
    late = np.repeat([[0.0] * 4 + [1.0] * 8], 3, axis=0)
    _, weighted = gradients_of_one_step(TruncatedBPTT(model, 4), x, y, late)
    assert not np.allclose(all_alike[0], weighted[0])


def test_evaluation_and_prediction_are_those_of_the_model():
    model = network()
    trainer = TruncatedBPTT(model, 4)
    x, _ = batch()
    np.testing.assert_array_equal(trainer.predict(x, verbose=0), model.predict(x, verbose=0))
    assert trainer.count_params() == model.count_params()


def test_masked_steps_count_in_no_window(float64):
    stack = [keras.Input((8, 6)), keras.layers.Masking(), layers.LIF(v_threshold=0.2)]
    model = keras.Sequential([*stack, keras.layers.Dense(CLASSES)])
    x, _ = vectors(4)
    x[:2, 5:] = 0.0
    y = np.random.default_rng(5).integers(0, CLASSES, (4, 8))
    trainer = TruncatedBPTT(model, 2)
    trainer.compile(keras.optimizers.SGD(0.0), cross_entropy())
    logs = trainer.train_on_batch(x, y, return_dict=True)
    np.testing.assert_allclose(logs["loss"], trainer.evaluate(x, y, verbose=0), rtol=1e-9)


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16", "float32"])
def test_fit_learns_with_a_smaller_last_batch(policy):
    keras.config.set_dtype_policy(policy)
    trainer = TruncatedBPTT(network(norm=True), 3)
    trainer.compile(keras.optimizers.Adam(1e-2), cross_entropy(), metrics=["accuracy"])
    x, y = batch(size=5)
    history = trainer.fit(x, y, batch_size=2, epochs=12, shuffle=False, verbose=0).history
    assert history["loss"][-1] < history["loss"][0]
    assert trainer.optimizer.iterations.numpy() == 12 * 3


@pytest.mark.parametrize("name", ["VGG8", "MSResNet18"])
def test_networks(name):
    model = miniature(name, time_steps=4) if name != "VGG8" else miniature(name)
    trainer = TruncatedBPTT(model, 2)
    trainer.compile("sgd", "sparse_categorical_crossentropy")
    kernels = [v for v in liven(model).trainable_variables if len(v.shape) > 1][:-1]
    before = [keras.ops.convert_to_numpy(v) for v in kernels]
    x = inputs(model, batch=3)
    history = trainer.fit(x, np.arange(3), batch_size=2, shuffle=False, verbose=0).history
    assert np.isfinite(history["loss"]).all()
    for kernel, value in zip(kernels, before, strict=True):
        assert not np.array_equal(keras.ops.convert_to_numpy(kernel), value), kernel.path


def test_config():
    trainer = TruncatedBPTT(network(), 4, name="trainer")
    again = TruncatedBPTT.from_config(trainer.get_config())
    assert (again.window, again.name, again.model.get_config()) == (
        trainer.window,
        "trainer",
        trainer.model.get_config(),
    )


def with_rnn():
    model_inputs = keras.Input((STEPS, 4))
    return keras.Model(model_inputs, keras.layers.GRU(3)(layers.LIF()(model_inputs)))


def stateful():
    model_inputs = keras.Input(batch_shape=(2, STEPS, 4))
    return keras.Model(model_inputs, layers.LIF(stateful=True, name="lif")(model_inputs))


@pytest.mark.parametrize(
    ("make", "window", "words"),
    [
        (network, 5, "`window` must divide the number of time steps.*window=5, time_steps=12"),
        (network, 0, "`window` must be an integer of at least 1"),
        (lambda: miniature("SMAVGG8"), 2, "'block2_sma' is not known to do so"),
        (lambda: miniature("FSTAResNet20"), 1, "is not known to do so"),
        (with_rnn, 4, "'gru' keeps a state of its own"),
        (stateful, 4, "'lif' is `stateful` or returns its state"),
        (lambda: layers.LIF(), 4, "`model` must be a functional or sequential model"),
    ],
)
def test_what_cannot_be_truncated(make, window, words):
    with pytest.raises(ValueError, match=words):
        TruncatedBPTT(make(), window)


def test_a_window_that_does_not_divide_the_data_is_refused_when_trained():
    model_inputs = keras.Input((None, 4))
    model = keras.Model(model_inputs, layers.LIF()(model_inputs))
    trainer = TruncatedBPTT(model, 5)
    trainer.compile("sgd", "mse")
    with pytest.raises(ValueError, match=r"`window` must divide .*time_steps=12"):
        trainer.train_on_batch(np.zeros((2, 12, 4)), np.zeros((2, 12, 4)))
