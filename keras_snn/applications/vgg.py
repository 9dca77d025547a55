"""VGG8 for event data, plain or with SMA or FSTA."""

from collections.abc import Callable
from typing import Any

import keras

from keras_snn.applications import blocks, preprocessing
from keras_snn.applications.network import assemble
from keras_snn.applications.plan import Plan, Variant, check
from keras_snn.layers import Dense
from keras_snn.layers.adaptive_average_pooling2d import AdaptiveAveragePooling2D

DOC = """{title}: the SMA paper's spiking network for event data{with_attention}.

    Five blocks of Conv3x3 - [SMA] - batch normalisation - [FSTA] - LIF - MaxPool2, adaptive
    average pooling to 3x3, two dense layers with LIF and dropout 0.5 (one mask for all time steps
    of a sample), and the classifier. LIF: tau 2, threshold 1, ATan.

    Args:
        include_top: Whether the pooling to 3x3 and the dense layers follow the fifth block.
        weights: None, or a path: `.weights.h5`, `.keras`, or the authors' `.pth`,
            `.safetensors` or `.npz`. With other `classes`, or without top, all but the
            classifier, or the dense layers, is loaded.
        input_tensor: Keras tensor to use as the input.
        input_shape: (time, height, width, channels) of frames, at least 32x32, or
            (height, width, channels) of a static image, repeated `time_steps` times.
        pooling: Without top: None gives features (batch, time, height, width, channels), "avg" or
            "max" a vector a sample, pooled over space and averaged over time.
        classes: Number of classes.
        classifier_activation: Activation of the mean over time of the logits; None gives logits.
        name: The model's name.
        attention: None, "sma" (after the convolution) or "fsta" (before the neuron).
        attention_activation: Inside SMA: "lif", "relu" or a layer.
        attention_blocks: The blocks, out of 1 to 5, that have attention; None is all.
        azo: None, or an `AZO` layer, of which every SMA takes a copy.
        time_steps: Number of time steps of a static image, 10 by default; of frames it is that
            of `input_shape`.
        return_sequences: Whether the output is the activation at every time step.
        filters: Channels of the five blocks.
        units: Sizes of the two hidden dense layers.

    Returns:
        A functional `keras.Model`, (batch, *input_shape) -> (batch, classes), or
        (batch, time, classes) with `return_sequences`.

    Raises:
        ValueError: for an argument out of its range, before anything is built.

    Example:
        >>> model = keras_snn.applications.{title}(input_shape=(10, 48, 48, 2))
        >>> model(np.zeros((1, 10, 48, 48, 2))).shape
        (1, 10)

    Source: arXiv 2405.13672, supplement, and the authors' code. Differs from the source: where
    the supplement puts SMA into blocks 2 to 5, the released code has it in 2 and 3, as here; the
    hidden dense layers start with larger weights than PyTorch's, which leave their neurons silent.
    """


def body(x: Any, plan: Plan) -> Any:
    """The five blocks: (batch, time, height, width, channels), an image in place of a sequence."""
    for number, filters in enumerate(plan.filters, start=1):
        x = _block(x, plan, filters, f"block{number}")
    return x


def _block(x: Any, plan: Plan, filters: int, name: str) -> Any:
    x = blocks.convolution(x, filters, 3, f"{name}_conv")
    x = blocks.attention(x, plan, "sma", name, f"{name}_sma")
    x = blocks.normalization(x, plan, f"{name}_bn")
    x = blocks.attention(x, plan, "fsta", name, f"{name}_fsta")
    x = blocks.spikes(x, plan, f"{name}_lif")
    return blocks.per_step(keras.layers.MaxPooling2D(2, name=f"{name}_pool"), x)


def head(x: Any, plan: Plan) -> Any:
    """Pooling to 3x3 and the dense layers: features to class scores."""
    x = blocks.per_step(AdaptiveAveragePooling2D(3, name="avg_pool"), x)
    x = blocks.per_step(keras.layers.Flatten(name="flatten"), x)  # (batch, time, 9 * channels)
    for number, units in enumerate(plan.units, start=1):
        name = f"fc{number}"
        x = blocks.per_step(Dense(units, kernel_initializer=_unit(), name=name), x)
        x = blocks.spikes(x, plan, f"{name}_lif")
        x = blocks.dropout(x, 0.5, f"{name}_dropout")
    return blocks.classifier(blocks.mean_over_time(x, plan), plan)


def _unit() -> keras.Initializer:
    """Currents of variance 1 from inputs that fire at one step in four: less leaves them silent."""
    return keras.initializers.VarianceScaling(4.0, "fan_in", "truncated_normal")


def _variant(title: str, name: str, attention: str | None) -> Variant:
    return Variant(
        title=title,
        name=name,
        input_shape=(10, 128, 128, 2),
        time_steps=10,
        classes=10,
        smallest=32,
        filters=(64, 128, 256, 512, 512),
        units=(2048, 1024),
        places={number: (f"block{number}",) for number in range(1, 6)},
        settings={"sma": {"channel_reduction": 4, "time_reduction": 4}, "fsta": {}},
        widths=tuple(f"block{number}_conv" for number in range(1, 6)),
        attention=attention,
        attention_blocks=(2, 3),
        head=("fc1", "fc2", "predictions"),
        fixed_size=True,
    )


def build(plan: Plan) -> keras.Model:
    """The network of a plan of this family."""
    return assemble(plan, body, head)


def _builder(variant: Variant) -> Callable[..., keras.Model]:
    def builder(
        include_top=True,
        weights=None,
        input_tensor=None,
        input_shape=None,
        pooling=None,
        classes=variant.classes,
        classifier_activation="softmax",
        name=variant.name,
        attention=variant.attention,
        attention_activation="lif",
        attention_blocks=variant.attention_blocks,
        azo=None,
        time_steps=None,
        return_sequences=False,
        filters=variant.filters,
        units=variant.units,
    ):
        arguments = {key: value for key, value in locals().items() if key != "variant"}
        return build(check(variant, **arguments))

    builder.__name__ = builder.__qualname__ = variant.title
    with_attention = ", with SMA in blocks 2 and 3" if variant.attention else ""
    builder.__doc__ = DOC.format(title=variant.title, with_attention=with_attention)
    return builder


VARIANTS = (_variant("VGG8", "vgg8", None), _variant("SMAVGG8", "sma_vgg8", "sma"))
VGG8, SMAVGG8 = map(_builder, VARIANTS)


def preprocess_input(x: Any, data_format: str | None = None) -> Any:
    """Event counts as floats, otherwise unchanged: the networks take them as they are.

    Args:
        x: Frames (..., time, height, width, 2), an array or a tensor.
        data_format: None or "channels_last".

    Example:
        >>> frames = vgg.preprocess_input(counts)
    """
    preprocessing.check_data_format(data_format)
    return preprocessing.as_float(x)


def decode_predictions(preds: Any, top: int = 5, class_names: Any = None) -> list[list[tuple]]:
    """The best classes of every sample.

    Args:
        preds: Class scores (batch, classes).
        top: How many classes.
        class_names: Names of the classes; None gives their numbers.

    Returns:
        For every sample a list of (class, name, score), the best first.

    Raises:
        ValueError: for scores of another rank, or another number of names than classes.

    Example:
        >>> vgg.decode_predictions(model.predict(images), top=3)
    """
    return preprocessing.decode(preds, top, class_names, imagenet=False)
