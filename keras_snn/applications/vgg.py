"""VGG8 for event data, plain or with attention."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Unpack

import keras

from keras_snn.applications import blocks, preprocessing
from keras_snn.applications.network import build, network
from keras_snn.applications.plan import Plan, VGGOptions
from keras_snn.applications.preprocessing import event_counts as preprocess_input
from keras_snn.applications.row import Row
from keras_snn.layers.adaptive_average_pooling2d import AdaptiveAveragePooling2D
from keras_snn.layers.max_pooling2d import MaxPooling2D


def body(x: Any, plan: Plan) -> Any:
    """Builds the five blocks: (batch, time, height, width, channels), or an image as the input."""
    for number, filters in enumerate(plan.filters, start=1):
        x = _block(x, plan, filters, f"block{number}")
    return x


def _block(x: Any, plan: Plan, filters: int, name: str) -> Any:
    x = blocks.convolution(x, filters, 3, f"{name}_conv")
    x = blocks.attend(x, plan, "convolution", name)
    x = blocks.normalization(x, plan, f"{name}_bn")
    x = blocks.attend(x, plan, "normalization", name)
    x = blocks.spikes(x, plan, f"{name}_lif")
    pool = MaxPooling2D(2, name=f"{name}_pool")
    return blocks.per_step(pool, x)


def head(x: Any, plan: Plan) -> Any:
    """Pools to 3x3 and applies the dense layers: features to class scores."""
    x = blocks.per_step(AdaptiveAveragePooling2D(3, name="avg_pool"), x)
    flatten = keras.layers.Flatten(data_format=blocks.LAST, name="flatten")
    x = blocks.per_step(flatten, x)  # (batch, time, 9 * channels)
    for number, units in enumerate(plan.units, start=1):
        name = f"fc{number}"
        x = blocks.per_step(keras.layers.Dense(units, kernel_initializer=_unit(), name=name), x)
        x = blocks.spikes(x, plan, f"{name}_lif")
        x = blocks.dropout(x, 0.5, f"{name}_dropout")
    return blocks.classifier(blocks.mean_over_time(x, plan), plan)


def _unit() -> keras.Initializer:
    """Gives currents a variance of 1 if inputs fire in one step of four, so that neurons fire."""
    return keras.initializers.VarianceScaling(4.0, "fan_in", "truncated_normal")


PLAIN = Row(
    title="VGG8",
    body=body,
    head=head,
    input_shape=(10, 128, 128, 2),
    time_steps=10,
    classes=10,
    smallest=32,
    filters=(64, 128, 256, 512, 512),
    units=(2048, 1024),
    settings={"sma": {"channel_reduction": 4, "time_reduction": 4}, "fsta": {}},
    attention_activation="lif",
    attention_blocks=(2, 3),
    head_layers=("fc1", "fc2", "predictions"),
    fixed_size=True,
)
WITH_SMA = replace(PLAIN, title="SMAVGG8", attention="sma")
ROWS = (PLAIN, WITH_SMA)


@network(PLAIN)
def VGG8(**options: Unpack[VGGOptions]) -> keras.Model:
    """Builds VGG8, the SMA paper's spiking network for event data, without attention.

    Five blocks of Conv3x3 - [SMA] - batch normalization - [FSTA] - LIF - MaxPool2 are followed by
    adaptive average pooling to 3x3, two dense layers with LIF and dropout 0.5 (one mask for all
    time steps of a sample), and the classifier. LIF: tau 2, threshold 1, ATan surrogate.

    Source: arXiv 2405.13672, supplement, and the authors' code. Differs from the source: SMA is in
    blocks 2 and 3, as in the released code, where the supplement has it in blocks 2 to 5; the
    hidden dense layers start with larger weights than PyTorch's, which would leave their neurons
    silent.

    Example:
        >>> model = keras_snn.applications.VGG8(input_shape=(10, 48, 48, 2))
        >>> model.output_shape
        (None, 10)
    """
    return build(PLAIN, options)


@network(WITH_SMA)
def SMAVGG8(**options: Unpack[VGGOptions]) -> keras.Model:
    """Builds VGG8 with SMA in blocks 2 and 3 (arXiv 2405.13672); see `VGG8`."""
    return build(WITH_SMA, options)


def decode_predictions(
    preds: Any, top: int = 5, class_names: str | Sequence[Any] | None = None
) -> list[list[tuple[Any, str, float]]]:
    """Lists the best classes of every sample, as `keras_snn.applications.preprocessing` does.

    Without `class_names` the classes are numbers, never the names of ImageNet.
    """
    names = range(preds.shape[-1]) if class_names is None else class_names
    return preprocessing.decode_predictions(preds, top, names)


__all__ = ["SMAVGG8", "VGG8", "decode_predictions", "preprocess_input"]
