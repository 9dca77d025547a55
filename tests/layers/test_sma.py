"""SMA against the reference values, a slow NumPy form, and its promises."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_snn import layers
from keras_snn.checkpoints.loading import named_weights
from tests import reference
from tests.fidelity import golden
from tests.golden import close


@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize(("name", "mode"), golden.SMA_MODES)
def test_sma_equals_the_authors(name, mode):
    golden.require_equal(golden.sma(name, mode))


VARIANTS = [
    ((2, 3, 4, 5, 6), {"kernel_sizes": (1, 3), "channel_reduction": 2, "time_reduction": 1.5}),
    ((2, 3, 5, 4, 6), {"kernel_sizes": (2, 5), "channel_reduction": 3, "time_reduction": 3}),
    ((3, 5, 4, 6, 8), {"kernel_sizes": (3,), "activation": "relu"}),
    ((2, 4, 3, 5, 8), {"activation": "relu", "time_attention": False}),
    ((2, 4, 3, 5, 8), {"activation": "relu", "lightweight": True, "time_reduction": 2}),
]


@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize(("shape", "arguments"), VARIANTS)
def test_output_and_weights_equal_numpy(shape, arguments, rng):
    layer = layers.SMA(**arguments)
    layer.build(shape)
    for variable in layer.weights:
        variable.assign(rng.uniform(0.3, 1.0, variable.shape) * rng.choice([-1, 1], variable.shape))
        if "variance" in variable.path or "gamma" in variable.path:
            variable.assign(np.abs(variable))
    x = rng.normal(0.5, 1.0, shape)
    weights = {path: np.asarray(v) for path, v in named_weights(layer).items()}
    sizes = layer.kernel_sizes
    variant = {
        name: arguments.get(name, default)
        for name, default in {"time_attention": True, "lightweight": False}.items()
    }
    wanted, time, channel = reference.sma(
        x, weights, sizes, arguments.get("activation", "lif"), **variant
    )
    y, time_weights, channel_weights = layer(x, return_attention_scores=True)
    close(y, wanted)
    close(channel_weights, channel)
    if variant["time_attention"]:
        close(time_weights, time)
    else:
        np.testing.assert_array_equal(time_weights, np.full(time.shape, 1 / len(sizes)))


@pytest.mark.usefixtures("float64")
def test_gradient_equals_differences(rng):
    x = rng.normal(size=(2, 4, 3, 5, 8))
    layer = layers.SMA((1, 3), time_reduction=2, activation="relu", azo=layers.AZO(4, 2))
    direction = rng.normal(size=x.shape)
    cotangent = rng.normal(size=x.shape)

    def value(step):
        return float(tf.reduce_sum(layer(x + step * direction, training=True) * cotangent))

    value(0.0)
    inputs = tf.constant(x)
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        loss = tf.reduce_sum(layer(inputs, training=True) * cotangent)
    slope = float(tf.reduce_sum(tape.gradient(loss, inputs) * direction))
    assert abs((value(1e-6) - value(-1e-6)) / 2e-6 - slope) < 1e-6 * abs(slope) + 1e-7


@pytest.mark.usefixtures("float64")
def test_azo_inside_equals_azo_on_the_stacked_outputs(rng):
    x = rng.normal(0.5, 1, (3, 6, 4, 5, 8))
    plain = layers.SMA((1, 3), time_reduction=2)
    plain.build(x.shape)
    regularised = layers.SMA((1, 3), time_reduction=2, azo=layers.AZO(2, 2))
    regularised.build(x.shape)
    regularised.set_weights(plain.get_weights())
    close(regularised(x), plain(x), 1e-12)
    maps = plain.encode(tf.constant(x), training=True)
    _, time, channel = plain(x, training=True, return_attention_scores=True)
    weights = time[..., None] * channel
    stacked = tf.stack(maps, 1) * weights[:, :, :, None, None]
    wanted = tf.reduce_sum(layers.AZO(2, 2)([stacked, time, channel], training=True), 1)
    assert np.abs(wanted - tf.reduce_sum(stacked, 1)).max() > 0.01
    close(regularised(x, training=True), wanted)


@pytest.mark.usefixtures("float64")
def test_attention_weights_sum_to_one_over_scales(rng):
    layer = layers.SMA(time_reduction=2)
    _, time, channel = layer(rng.normal(size=(2, 4, 6, 5, 8)), return_attention_scores=True)
    assert time.shape == (2, 4, 4)
    assert channel.shape == (2, 4, 4, 8)
    np.testing.assert_allclose(tf.reduce_sum(time, 1), 1, rtol=1e-12)
    np.testing.assert_allclose(tf.reduce_sum(channel, 1), 1, rtol=1e-12)


def test_scores_are_there_in_a_functional_model(rng):
    inputs = keras.Input((4, 6, 5, 8))
    outputs = layers.SMA(time_reduction=2)(inputs, return_attention_scores=True)
    model = keras.Model(inputs, outputs)
    shapes = [output.shape for output in model.predict(rng.normal(size=(2, 4, 6, 5, 8)), verbose=0)]
    assert shapes == [(2, 4, 6, 5, 8), (2, 4, 4), (2, 4, 4, 8)]


def test_activation_layer_is_copied_for_every_scale(rng):
    neuron = layers.LIF(tau=3.0, learn_tau=True, name="mine")
    layer = layers.SMA((1, 3), time_reduction=2, activation=neuron, azo=layers.AZO())
    layer.build((None, 4, 6, 5, 8))
    acts = [encoder.act for encoder in layer.encoders]
    assert neuron not in acts
    assert len({id(act.leak_logit) for act in acts}) == 2
    assert all(act.tau == 3.0 for act in acts)


def test_policy_reaches_every_part(rng):
    layer = layers.SMA((1, 3), azo=layers.AZO(), activation=layers.LIF(), dtype="mixed_bfloat16")
    layer.build((None, 4, 6, 5, 8))
    parts = list(layer._flatten_layers())
    assert len(parts) > 10
    assert {part.dtype_policy.name for part in parts} == {"mixed_bfloat16"}


def test_regularisers_constraints_and_initialisers_reach_every_kernel():
    layer = layers.SMA(
        (1, 3),
        kernel_initializer="ones",
        bias_initializer="ones",
        kernel_regularizer="l2",
        kernel_constraint="non_neg",
    )
    layer.build((None, 4, 6, 5, 8))
    kernels = [v for v in layer.weights if v.path.endswith("kernel")]
    assert len(kernels) == 8
    assert all(v.regularizer is not None and v.constraint is not None for v in kernels)
    assert all(np.all(v.numpy() == 1) for v in kernels)
    assert len(layer.losses) == 8
    assert layers.SMA(use_bias=False).get_config()["use_bias"] is False


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"kernel_sizes": ()}, "`kernel_sizes` must be a tuple of at least one integer."),
        ({"kernel_sizes": (3, 0)}, "`kernel_sizes` must be an integer of at least 1."),
        ({"channel_reduction": 0}, "`channel_reduction` must be an integer of at least 1."),
        ({"time_reduction": float("nan")}, "`time_reduction` must be a finite number greater"),
        ({"activation": "gelu"}, '`activation` must be "lif", "relu" or a keras.layers.Layer.'),
        ({"azo": 0.5}, "`azo` must be None or an AZO layer. Received: azo=0.5"),
    ],
)
def test_bad_argument_is_named_in_one_sentence(arguments, sentence):
    with pytest.raises(ValueError, match="must") as error:
        layers.SMA(**arguments)
    assert str(error.value).startswith(sentence)


@pytest.mark.parametrize(
    ("arguments", "shape", "sentence"),
    [
        ({}, (2, 4, 6, 5, 3), "`channel_reduction` must leave at least one hidden unit of 3."),
        ({}, (2, 3, 6, 5, 8), "`time_reduction` must leave at least one hidden unit of 3."),
        ({}, (2, 4, 6, 8), "`inputs` must have the axes (batch, time, height, width, channels)"),
        ({}, (2, None, 6, 5, 8), "`inputs` must have the axes (batch, time, height, width,"),
    ],
)
def test_bad_shape_is_named_when_built(arguments, shape, sentence):
    with pytest.raises(ValueError, match="must") as error:
        layers.SMA(**arguments).build(shape)
    assert str(error.value).startswith(sentence)


@pytest.mark.parametrize(
    "activation",
    [keras.layers.Flatten(), layers.LIF(return_state=True)],
    ids=["flatten", "two outputs"],
)
def test_an_activation_that_changes_the_shape_is_refused(activation):
    sma = layers.SMA((1, 3), time_reduction=2, activation=activation)
    with pytest.raises(ValueError, match="`activation` must be a layer that returns one tensor"):
        sma(np.zeros((2, 4, 6, 5, 8)))


def test_another_number_of_time_steps_than_built_is_refused():
    layer = layers.SMA()
    layer.build((None, 4, 6, 5, 8))
    with pytest.raises(ValueError, match="`inputs` must have five axes and 4 time steps, as built"):
        layer(np.zeros((2, 5, 6, 5, 8)))
