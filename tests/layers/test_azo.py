"""AZO: by hand, against loops, and its promises."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_snn import layers
from tests import reference


def sample(rng, batch=2, scales=3, time=8, channels=6):
    features = rng.normal(size=(batch, scales, time, 2, 3, channels)).astype("float32")
    time_weights = rng.uniform(size=(batch, scales, time)).astype("float32")
    channel_weights = rng.uniform(size=(batch, scales, time, channels)).astype("float32")
    return features, time_weights, channel_weights


@pytest.mark.parametrize("reductions", [(2, 2), (3, 4), (1, 1), (2, 8), (4, 3), (10, 4)])
def test_azo_equals_loops(reductions, rng):
    inputs = sample(rng)
    wanted = reference.azo(*inputs, *reductions)
    np.testing.assert_array_equal(layers.AZO(*reductions)(list(inputs), training=True), wanted)


def test_two_selected_neighbours_each_take_the_original_predecessor():
    features = np.arange(4, dtype="float32").reshape(1, 1, 4, 1, 1, 1)
    weights = np.array([[[9, 1, 1, 9]]], "float32")  # steps 1 and 2 are weakest
    y = layers.AZO(1, 2)([features, weights, weights[..., None]], training=True)
    np.testing.assert_array_equal(np.ravel(y), [0, 0, 1, 3])


def test_ties_go_to_the_lower_index():
    features = np.arange(16, dtype="float32").reshape(1, 1, 4, 1, 1, 4)
    even = np.ones((1, 1, 4), "float32")
    y = layers.AZO(2, 2)([features, even, np.ones((1, 1, 4, 4), "float32")], training=True)
    wanted = features.copy()
    wanted[0, 0, 1, 0, 0, :2] = features[0, 0, 0, 0, 0, :2]  # steps 0 and 1, channels 0 and 1
    np.testing.assert_array_equal(y, wanted)


def test_first_step_is_left_alone_but_takes_part_in_the_channel_score():
    features = np.arange(8, dtype="float32").reshape(1, 1, 4, 1, 1, 2)
    time_weights = np.array([[[0, 1, 5, 5]]], "float32")  # steps 0 and 1 are weakest
    channel_weights = np.zeros((1, 1, 4, 2), "float32")
    channel_weights[0, 0, 0] = [9, 0]  # step 0 makes channel 1 the weaker one
    channel_weights[0, 0, 1] = [1, 2]
    y = layers.AZO(2, 2)([features, time_weights, channel_weights], training=True)
    wanted = features.copy()
    wanted[0, 0, 1, 0, 0, 1] = features[0, 0, 0, 0, 0, 1]
    np.testing.assert_array_equal(y, wanted)


@pytest.mark.parametrize("reductions", [(7, 2), (2, 9), (100, 100)])
def test_a_divisor_larger_than_its_size_selects_nothing(reductions, rng):
    inputs = sample(rng)
    np.testing.assert_array_equal(layers.AZO(*reductions)(list(inputs), training=True), inputs[0])


def test_inference_leaves_the_features(rng):
    inputs = sample(rng)
    np.testing.assert_array_equal(layers.AZO(1, 1)(list(inputs)), inputs[0])


def test_gradients_of_replaced_cells_go_to_the_step_before_and_none_to_the_selection(rng):
    features, time_weights, channel_weights = map(tf.constant, sample(rng))
    with tf.GradientTape() as tape:
        tape.watch([features, time_weights, channel_weights])
        y = layers.AZO(2, 2)([features, time_weights, channel_weights], training=True)
        loss = tf.reduce_sum(y)
    gradients = tape.gradient(loss, [features, time_weights, channel_weights])
    assert gradients[1] is None
    assert gradients[2] is None
    replaced = np.asarray(y) != np.asarray(features)
    wanted = np.where(replaced, 0.0, 1.0)
    wanted[:, :, :-1] += replaced[:, :, 1:]
    np.testing.assert_array_equal(gradients[0], wanted)


def test_scores_of_half_types_are_summed_in_float32():
    # 2049 halves of 1 do not add up in float16; the two channels differ by one sample.
    weights = np.ones((2050, 1, 2, 2), "float16")
    weights[0, 0, :, 1] = 0.5
    cells = layers.AZO(2, 1).select(tf.ones((2050, 1, 2), "float16"), tf.constant(weights))
    np.testing.assert_array_equal(cells[0, 1], [0, 1])


def test_serialises_inside_a_model_and_saves(tmp_path, rng):
    shapes = [(3, 8, 2, 3, 6), (3, 8), (3, 8, 6)]
    inputs = [keras.Input(shape) for shape in shapes]
    model = keras.Model(inputs, layers.AZO(2, 4, name="azo")(inputs))
    model.save(tmp_path / "azo.keras")
    loaded = keras.models.load_model(tmp_path / "azo.keras")
    azo = loaded.get_layer("azo")
    assert (azo.channel_reduction, azo.time_reduction) == (2, 4)
    arrays = list(sample(rng))
    np.testing.assert_array_equal(loaded(arrays, training=True), model(arrays, training=True))
    model.export(tmp_path / "served", verbose=False)
    served = tf.saved_model.load(str(tmp_path / "served"))
    np.testing.assert_array_equal(served.serve(arrays), arrays[0])


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_half_policies(policy, rng):
    inputs = [tf.cast(x, policy.removeprefix("mixed_")) for x in sample(rng)]
    y = layers.AZO(2, 2, dtype=policy)(inputs, training=True)
    assert y.dtype == policy.removeprefix("mixed_")


def test_compiles_with_xla(rng):
    inputs = list(sample(rng))
    azo = layers.AZO(2, 2)
    compiled = tf.function(lambda *args: azo(list(args), training=True), jit_compile=True)
    np.testing.assert_array_equal(compiled(*inputs), azo(inputs, training=True))


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"channel_reduction": 0}, "`channel_reduction` must be an integer of at least 1."),
        ({"time_reduction": 2.5}, "`time_reduction` must be an integer of at least 1."),
    ],
)
def test_bad_divisor_is_refused(arguments, sentence):
    with pytest.raises(ValueError, match="must") as error:
        layers.AZO(**arguments)
    assert str(error.value).startswith(sentence)


def test_shapes_that_do_not_fit_are_refused(rng):
    features, time_weights, channel_weights = sample(rng)
    with pytest.raises(ValueError, match="`features` must have the axes"):
        layers.AZO()([features[0], time_weights, channel_weights])
    with pytest.raises(ValueError, match="`time_weights` must have the shape"):
        layers.AZO()([features, time_weights[:, :2], channel_weights])
    with pytest.raises(ValueError, match="`channel_weights` must have the shape"):
        layers.AZO()([features, time_weights, channel_weights[..., :2]])
