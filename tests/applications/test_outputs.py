"""What the networks return: shapes, sequences, the static image, dropout, input tensors."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_snn import layers
from keras_snn.checkpoints.loading import named_weights
from tests.applications.miniatures import IMAGE, MINIATURES, inputs, liven, miniature
from tests.golden import close

FEATURES = {
    "VGG8": (4, 1, 1, 8),
    "SMAVGG8": (4, 1, 1, 8),
    "MSResNet18": (3, 2, 2, 12),
    "SMAResNet18": (3, 2, 2, 12),
    "SpikingResNet19": (2, 9, 9, 12),
    "FSTAResNet18": (3, 2, 2, 12),
    "FSTAResNet19": (2, 9, 9, 12),
    "FSTAResNet20": (2, 2, 3, 12),
    "MaxResNet18": (3, 5, 5, 12),
    "SEWResNet18": (3, 2, 2, 12),
}


@pytest.mark.parametrize("name", MINIATURES)
def test_shapes(name):
    features = (None, *FEATURES[name])
    time_steps, channels = FEATURES[name][0], FEATURES[name][-1]
    assert miniature(name).output_shape == (None, 5)
    assert miniature(name, return_sequences=True).output_shape == (None, time_steps, 5)
    assert miniature(name, include_top=False).output_shape == features
    for pooling in ("avg", "max"):
        pooled = miniature(name, include_top=False, pooling=pooling)
        assert pooled.output_shape == (None, channels)
        steps = miniature(name, include_top=False, pooling=pooling, return_sequences=True)
        assert steps.output_shape == (None, time_steps, channels)


@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize("name", ["SMAVGG8", "MSResNet18", "FSTAResNet19"])
def test_logits_are_the_mean_of_the_sequence(name):
    sequence = liven(miniature(name, return_sequences=True, classifier_activation=None))
    logits = miniature(name, classifier_activation=None)
    scores = miniature(name)
    for model in (logits, scores):
        model.set_weights(sequence.get_weights())
    x = inputs(sequence)
    mean = sequence.predict(x, verbose=0).mean(axis=1)
    close(logits.predict(x, verbose=0), mean)
    close(scores.predict(x, verbose=0), tf.nn.softmax(mean))


@pytest.mark.usefixtures("float64")
def test_pooling_takes_space_first_then_time():
    features = liven(miniature("SpikingResNet19", include_top=False))
    x = inputs(features)
    y = features.predict(x, verbose=0)
    for pooling, function in (("avg", np.mean), ("max", np.max)):
        model = miniature("SpikingResNet19", include_top=False, pooling=pooling)
        model.set_weights(features.get_weights())
        close(model.predict(x, verbose=0), function(y, axis=(2, 3)).mean(axis=1))


STATIC = ["VGG8", "SMAVGG8", "MSResNet18", "SMAResNet18", "FSTAResNet18", "FSTAResNet20"]
STATIC += ["MaxResNet18", "SEWResNet18"]
STATIC_BLOCKS = {"SMAVGG8": {"attention_blocks": (1, 2)}}  # SMA before the first neuron


def static_and_repeated(name):
    """A network of images and one of frames, with equal weights."""
    arguments = {"include_top": False, **STATIC_BLOCKS.get(name, {})}
    static = miniature(name, **{**arguments, "input_shape": IMAGE, "time_steps": 4})
    frames = miniature(name, **{**arguments, "input_shape": (4, *IMAGE), "time_steps": None})
    liven(static)
    ours, theirs = named_weights(static), named_weights(frames)
    assert set(ours) == set(theirs)
    for path, variable in theirs.items():
        variable.assign(ours[path])
    return static, frames


@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize("name", STATIC)
def test_static_image_equals_repeated_frames(name):
    static, frames = static_and_repeated(name)
    image = inputs(static)
    repeated = np.repeat(image[:, None], 4, axis=1)
    close(static(image), frames(repeated), 1e-12)
    results = []
    for model, x in ((static, image), (frames, repeated)):
        with tf.GradientTape() as tape:
            y = model(x, training=True)
            loss = tf.reduce_sum(y * tf.random.stateless_normal(y.shape, (1, 2), dtype=y.dtype))
        weights = named_weights(model)
        trainable = [path for path, v in weights.items() if v.trainable]
        gradients = tape.gradient(loss, [weights[path].value for path in trainable])
        results.append((y, dict(zip(trainable, gradients, strict=True)), weights))
    (y, gradients, weights), (wanted, wanted_gradients, wanted_weights) = results
    close(y, wanted, 1e-12)
    largest = max(np.abs(g).max() for g in wanted_gradients.values())
    assert largest > 0
    for path, gradient in gradients.items():
        np.testing.assert_allclose(gradient, wanted_gradients[path], atol=1e-9 * largest)
    for path, variable in weights.items():  # running statistics of the image count T copies
        close(variable, wanted_weights[path], 1e-12)


def test_running_variance_counts_the_copies_of_an_image():
    x = np.array([[1.0], [2.0], [6.0]])  # mean 3, biased variance 14 / 3
    layer = layers.BatchNormalization(momentum=0.0, repeats=4)
    layer(x, training=True)
    np.testing.assert_allclose(layer.moving_variance, [14 / 3 * 12 / 11], rtol=1e-6)
    again = layers.BatchNormalization.from_config(layer.get_config())
    assert again.repeats == 4
    with pytest.raises(ValueError, match="`repeats` must be 1 where there is a mask"):
        layer(x, training=True, mask=np.ones(3, bool))
    with pytest.raises(ValueError, match=r"`repeats`.*repeats=0"):
        layers.BatchNormalization(repeats=0)


def test_stem_of_a_static_image_is_computed_once():
    for name, stem in (
        ("VGG8", ["block1_conv", "block1_bn"]),
        ("MSResNet18", ["stem_conv1", "stem_bn", "stage1_block1_shortcut_conv"]),
        ("FSTAResNet20", ["stem_conv1", "stem_bn1"]),
    ):
        model = miniature(name, input_shape=IMAGE)
        assert all(len(model.get_layer(layer).output.shape) == 4 for layer in stem)


@pytest.mark.parametrize("name", MINIATURES)
def test_no_pointwise_convolution_is_strided(name):
    """TensorFlow's gradient of one with 8 channels destroys memory, and with it the process."""
    convs = [x for x in miniature(name)._flatten_layers() if isinstance(x, keras.layers.Conv2D)]
    assert convs
    assert not [c.name for c in convs if c.kernel_size == (1, 1) and c.strides != (1, 1)]


def test_dropout_is_shared_by_all_time_steps():
    from keras_snn.applications import blocks

    sequence = keras.Input((50, 20))
    model = keras.Model(sequence, blocks.dropout(sequence, 0.5, "dropout"))
    y = np.asarray(model(np.ones((3, 50, 20)), training=True))
    assert set(np.unique(y)) == {0.0, 2.0}
    assert np.array_equal(y, np.repeat(y[:, :1], 50, axis=1))
    assert not np.array_equal(y[0], y[1])


def test_input_tensor_goes_on_from_other_layers():
    image = keras.Input((16, 17, 3))
    large = keras.layers.UpSampling2D(2)(image)
    model = miniature("MSResNet18", input_shape=None, input_tensor=large)
    assert model.input_shape == (None, 16, 17, 3)
    assert model(np.zeros((1, 16, 17, 3))).shape == (1, 5)


def test_height_width_and_time_may_be_unknown():
    model = miniature("MSResNet18", input_shape=(None, None, None, 3), time_steps=None)
    assert model(np.zeros((1, 2, 33, 40, 3))).shape == (1, 5)
    model = miniature("VGG8", input_shape=(None, 32, 33, 2))
    assert model(np.zeros((1, 3, 32, 33, 2))).shape == (1, 5)


def test_attention_stands_where_it_is_asked_for():
    def attended(model):
        return [x.name for x in model.layers if isinstance(x, (layers.SMA, layers.FSTA))]

    assert attended(miniature("VGG8", attention="fsta")) == ["block2_fsta", "block3_fsta"]
    assert attended(miniature("SMAVGG8", attention_blocks=[5])) == ["block5_sma"]
    chosen = [2, (1, 1)]
    assert attended(miniature("MSResNet18", attention="fsta", attention_blocks=chosen)) == [
        f"stage{stage}_block{block}_fsta"
        for stage, block in ((1, 1), (1, 2), (2, 2), (3, 2), (4, 2))
    ]
    model = miniature("FSTAResNet19", attention_blocks=["stem", (3, 2)])
    assert attended(model) == ["stem_fsta1", "stage3_block2_fsta1", "stage3_block2_fsta2"]
    assert model.get_layer("stem_fsta1").reduction == 1
    assert model.get_layer("stage3_block2_fsta1").reduction == 16
    model = miniature("SpikingResNet19", attention="sma", attention_blocks=[(2, 1)])
    assert attended(model) == ["stage2_block1_sma"]


def test_arguments_reach_sma():
    model = miniature("SMAVGG8", attention_activation="relu", azo=layers.AZO(2, 3))
    sma = model.get_layer("block2_sma")
    assert (sma.activation, sma.azo.channel_reduction, sma.azo.time_reduction) == ("relu", 2, 3)
    assert miniature("SMAVGG8").get_layer("block2_sma").activation == "lif"
    assert miniature("SMAResNet18").get_layer("stage1_block1_sma").activation == "relu"


def test_neurons_have_the_constants_of_their_family():
    def constants(model, name):
        lif = model.get_layer(name)
        return (
            lif.tau,
            lif.v_threshold,
            lif.v_reset,
            lif.decay_input,
            lif.detach_reset,
            repr(lif.surrogate),
        )

    vgg = constants(miniature("VGG8"), "fc1_lif")
    assert vgg == (2.0, 1.0, 0.0, True, True, "ATan(alpha=2.0)")
    ms = constants(miniature("MSResNet18"), "head_lif")
    assert ms == (4 / 3, 0.5, 0.0, False, True, "Rectangular(width=1.0)")
    fsta = constants(miniature("FSTAResNet20"), "stem_lif1")
    assert fsta == (4 / 3, 0.5, 0.0, False, False, "Tanh(temperature=1.0)")
    assert constants(miniature("SpikingResNet19"), "stem_lif1")[-1] == "Tanh(temperature=3.0)"


def test_normalisation_starts_at_the_threshold():
    model = miniature("MSResNet18")
    for name, start in (("stem_bn", 0.5), ("stage2_block1_bn1", 0.5), ("stage2_block1_bn2", 0.0)):
        np.testing.assert_array_equal(model.get_layer(name).gamma, start)
