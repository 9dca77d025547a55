"""LIF behind a batch normalisation: its gradient from what the normalisation keeps."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_snn import layers
from keras_snn.backends.tensorflow import batch_normalization as kernels
from keras_snn.backends.tensorflow import origin, xla
from keras_snn.functional import batch_normalization, membrane
from keras_snn.layers.batch_normalization import BatchNormalization
from tests.golden import close

DYNAMICS = layers.LIF(tau=1.7, v_threshold=0.6).dynamics
SHAPE = (2, 8, 16, 16, 16)


def _normalized(rng, time_steps):
    """x, y and y's origin, in float64."""
    x = tf.constant(rng.normal(0.7, 2, (2, time_steps, 3, 2, 4)))
    gamma, beta = (tf.constant(rng.normal(size=4)) for _ in range(2))
    mean, biased, variance = batch_normalization.moments(x)
    scale, shift = batch_normalization.affine(mean, biased, gamma, beta, 1e-5)
    return x * scale + shift, origin.Origin(x, mean, variance, gamma, beta, 1e-5)


@pytest.mark.parametrize("time_steps", [5, 37])
@pytest.mark.parametrize("at_rest", [True, False])
@pytest.mark.parametrize("learn_leak", [True, False])
def test_gradients_from_the_origin_are_those_of_the_currents(time_steps, at_rest, learn_leak, rng):
    y, source = _normalized(rng, time_steps)
    v0, d_v = (None if at_rest else tf.constant(rng.normal(size=(2, 3, 2, 4))) for _ in range(2))
    d_spikes = tf.constant(rng.normal(size=y.shape))
    arguments = (y, v0, 0.4, None, DYNAMICS, d_spikes, d_v)
    actual = origin.backward(source, *arguments, learn_leak=learn_leak)
    wanted = membrane.backward(*arguments, learn_leak=learn_leak)
    assert [value is None for value in actual] == [value is None for value in wanted]
    for found, expected in zip(actual, wanted, strict=True):
        if expected is not None:
            close(found, expected, 1e-12)


def test_second_derivatives_are_those_of_the_currents(rng):
    y, source = _normalized(rng, 5)
    d_spikes = tf.constant(rng.normal(size=y.shape))

    def slope(backward):
        with tf.GradientTape() as tape:
            tape.watch([y, d_spikes])
            d_y, *_ = backward(y, None, 0.4, None, DYNAMICS, d_spikes, None, learn_leak=False)
            total = tf.reduce_sum(d_y**2)
        return tape.gradient(total, [y, d_spikes])

    def from_origin(*arguments, **options):
        return origin.backward(source, *arguments, **options)

    for actual, wanted in zip(slope(from_origin), slope(membrane.backward), strict=True):
        close(actual, wanted, 1e-12)


def _built(policy="float32"):
    """A batch normalisation and LIF."""
    parts = BatchNormalization(dtype=policy), layers.LIF(dtype=policy)
    for part in parts:
        part.build(SHAPE)
    return parts


def _block(x, norm, lif):
    """Spikes, currents, and gradients of x, of the currents and of gamma and beta."""
    weights = norm.trainable_variables
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        currents = norm(x, training=True)
        spikes = lif(currents)
        loss = tf.reduce_sum(tf.cast(spikes, "float32") * tf.sin(tf.cast(x, "float32")))
    return spikes, currents, tape.gradient(loss, [x, currents, *weights])


@pytest.mark.parametrize(("policy", "error"), [("float32", 1e-5), ("mixed_bfloat16", 2**-7)])
def test_a_block_has_the_same_gradients_in_a_graph_as_without_one(policy, error, rng):
    norm, lif = _built(policy)
    x = tf.cast(rng.normal(0.7, 2, SHAPE), norm.compute_dtype)
    spikes, _, wanted = _block(x, norm, lif)
    in_graph, _, actual = tf.function(_block)(x, norm, lif)
    np.testing.assert_array_equal(tf.cast(in_graph, "float32"), tf.cast(spikes, "float32"))
    for found, expected in zip(actual, wanted, strict=True):
        difference = tf.norm(tf.cast(found, "float32") - tf.cast(expected, "float32"))
        assert difference <= error * tf.norm(tf.cast(expected, "float32"))


def _source(tensor):
    """The tensor of which this is a reshaped one."""
    while tensor.op.type == "Reshape":
        tensor = tensor.op.inputs[0]
    return tensor


def test_the_currents_are_not_kept_for_the_backward_pass():
    norm, lif = _built()
    assert np.prod(SHAPE[1:]) >= kernels.SMALL
    step = tf.function(lambda x: _block(x, norm, lif)[2][0]).get_concrete_function(
        tf.TensorSpec(SHAPE)
    )
    operations = step.graph.get_operations()
    (forward, backward) = (op for op in operations if op.type.endswith("PartitionedCall"))
    (fused,) = (op for op in operations if op.type == "FusedBatchNormV3")
    assert any(_source(value) is fused.outputs[0] for value in forward.inputs)
    assert not any(_source(value) is fused.outputs[0] for value in backward.inputs)


def test_an_origin_is_told_only_in_the_graph_of_its_tensor():
    norm = BatchNormalization()
    x = tf.ones(SHAPE)
    assert origin.noted(norm(x, training=True)) is None  # nothing is kept less in eager mode

    @tf.function
    def inner(currents):
        assert origin.noted(currents) is None
        return currents

    @tf.function
    def outer(x):
        currents = norm(x, training=True)
        assert origin.noted(currents).x is x

        @tf.function
        def around():
            assert origin.noted(currents) is None
            return currents + 1.0

        assert origin.noted(currents + 1.0) is None
        return inner(currents) + around()

    outer(x)


def test_eager_currents_go_into_a_graph(rng):
    norm, lif = _built()
    currents = norm(rng.normal(0.7, 2, SHAPE), training=True)
    np.testing.assert_array_equal(tf.function(lambda: lif(currents))(), lif(currents))


def test_a_block_trains_compiled_as_a_whole(rng):
    inputs = keras.Input(SHAPE[1:])
    currents = BatchNormalization()(inputs)
    outputs = keras.layers.GlobalAveragePooling3D()(layers.LIF()(currents))
    x, y = rng.normal(0.7, 2, SHAPE), rng.random((2, 16))
    losses = []
    for compiled in (False, True):
        model = keras.Model(inputs, outputs)
        model.compile(keras.optimizers.SGD(0.0), "mse", jit_compile=compiled)
        losses.append(model.train_on_batch(x, y))
    np.testing.assert_allclose(*losses, rtol=1e-5)


def test_compiled_currents_are_rounded_as_those_of_the_forward_pass(rng):
    x = tf.cast(rng.normal(0.7, 2, (2, 3, 64)), "bfloat16")
    scale, shift = (tf.constant(rng.normal(size=64), tf.float32) for _ in range(2))
    wanted = tf.cast(tf.cast(x, "float32") * scale + shift, "bfloat16")

    @tf.function(jit_compile=True)
    def twice(x):
        return tf.cast(tf.stack(xla._currents(x, scale, shift), 1), "float32") * 2.0

    np.testing.assert_array_equal(twice(x), 2.0 * tf.cast(wanted, "float32"))
