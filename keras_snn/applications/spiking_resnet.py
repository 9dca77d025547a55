"""Residual networks whose shortcuts carry spikes: SpikingResNet and FSTAResNet."""

from dataclasses import replace
from typing import Any, Unpack

import keras

from keras_snn.applications import blocks
from keras_snn.applications.network import build, network
from keras_snn.applications.plan import Options, Plan
from keras_snn.applications.preprocessing import decode_predictions, preprocess_input
from keras_snn.applications.row import Row
from keras_snn.layers import FSTA
from keras_snn.surrogates import Tanh


def body(x: Any, plan: Plan) -> Any:
    """Builds stem and stages: (batch, time, height, width, channels)."""
    return blocks.stages(stem(x, plan), plan, _block)


def stem(x: Any, plan: Plan) -> Any:
    """Applies convolutions with their neurons, and the pool after them."""
    row = plan.row
    for number, (kernel_size, strides) in enumerate(row.stem, start=1):
        x = _convolution(x, plan.filters[0], kernel_size, f"stem_conv{number}", strides)
        x = blocks.normalization(x, plan, f"stem_bn{number}")
        x = blocks.attend(x, plan, "normalization", "stem", str(number))
        x = _spikes(x, plan, f"stem_lif{number}")
    return x if row.stem_pool is None else _stem_pool(x, plan, *row.stem_pool)


def _stem_pool(x: Any, plan: Plan, size: int, padding: int) -> Any:
    if plan.row.maximum:
        return blocks.maximum_pool(x, size, 2, "stem_pool")
    if padding:  # the zeros count in the mean
        x = blocks.zeros(padding, x, "stem_pad")
    return blocks.average_pool(x, size, 2, "stem_pool")


def _block(x: Any, plan: Plan, filters: int, strides: int, name: str) -> Any:
    y = residual(x, plan, filters, strides, name)
    if strides > 1 or x.shape[-1] != filters:
        x = projection(x, plan, filters, strides, name)
    y = keras.layers.Add(name=f"{name}_add")([y, x])
    y = blocks.attend(y, plan, "addition", name, "2")
    return _spikes(y, plan, f"{name}_lif2")


def residual(x: Any, plan: Plan, filters: int, strides: int, name: str) -> Any:
    """Applies both convolutions of a block: the residual, before it is added to the shortcut."""
    y = _convolution(x, filters, 3, f"{name}_conv1", strides)
    y = blocks.attend(y, plan, "convolution", name)
    y = blocks.normalization(y, plan, f"{name}_bn1")
    y = blocks.attend(y, plan, "normalization", name, "1")
    y = _spikes(y, plan, f"{name}_lif1")
    y = _convolution(y, filters, 3, f"{name}_conv2")
    return blocks.normalization(y, plan, f"{name}_bn2")


def projection(x: Any, plan: Plan, filters: int, strides: int, name: str) -> Any:
    """Brings the input of a block to the shape of its residual."""
    start = _he_fan_out()
    return blocks.shortcut(x, plan, filters, strides, f"{name}_shortcut", kernel_initializer=start)


def _convolution(x: Any, filters: int, kernel_size: int, name: str, strides: int = 1) -> Any:
    return blocks.convolution(
        x, filters, kernel_size, name, strides, use_bias=False, kernel_initializer=_he_fan_out()
    )


def _he_fan_out() -> keras.Initializer:
    """Returns the initializer N(0, sqrt(2 / (k * k * out))), with k the kernel size."""
    return keras.initializers.VarianceScaling(2.0, "fan_out", "untruncated_normal")


def _spikes(x: Any, plan: Plan, name: str) -> Any:
    """Applies neurons; their surrogate depends on FSTA unless the row names one."""
    if "surrogate" in plan.row.neuron:
        return blocks.spikes(x, plan, name)
    with_fsta = any(isinstance(layer, FSTA) for layer in plan.places.values())
    return blocks.spikes(x, plan, name, surrogate=Tanh(1.0 if with_fsta else 3.0))


def head(x: Any, plan: Plan) -> Any:
    """Averages over space and time and classifies: spikes to class scores."""
    start = keras.initializers.RandomNormal(stddev=1.0 / x.shape[-1])
    return blocks.pooled_classifier(x, plan, kernel_initializer=start)


SPIKING_18 = Row(
    title="SpikingResNet18",
    body=body,
    head=head,
    input_shape=(224, 224, 3),
    time_steps=4,
    classes=1000,
    smallest=32,
    filters=(64, 128, 256, 512),
    settings={"sma": {"channel_reduction": 4, "time_reduction": 1.5}, "fsta": {"reduction": 1}},
    stem_settings={"reduction": 1},
    depths=(2, 2, 2, 2),
    strides=(1, 2, 2, 2),
    stem=((7, 2),),
    stem_pool=(3, 1),
    neuron={"tau": 4 / 3, "v_threshold": 0.5, "decay_input": False, "detach_reset": False},
)
SPIKING_19 = replace(
    SPIKING_18,
    title="SpikingResNet19",
    input_shape=(32, 32, 3),
    time_steps=2,
    classes=100,
    smallest=4,
    filters=(128, 256, 512),
    settings={**SPIKING_18.settings, "fsta": {"reduction": 16}},
    depths=(3, 3, 2),
    strides=(1, 2, 2),
    stem=((3, 1),),
    stem_pool=None,
)
SPIKING_20 = replace(
    SPIKING_18,
    title="SpikingResNet20",
    input_shape=(32, 32, 3),
    time_steps=2,
    classes=10,
    smallest=16,
    stem=((3, 1),) * 3,
    stem_pool=(2, 0),
    pooled=True,
)
SPIKING_34 = replace(SPIKING_18, title="SpikingResNet34", depths=(3, 4, 6, 3))
FSTA_18 = replace(SPIKING_18, title="FSTAResNet18", attention="fsta")
FSTA_19 = replace(SPIKING_19, title="FSTAResNet19", attention="fsta")
FSTA_20 = replace(SPIKING_20, title="FSTAResNet20", attention="fsta")
FSTA_34 = replace(SPIKING_34, title="FSTAResNet34", attention="fsta")
ROWS = (
    *(SPIKING_18, SPIKING_19, SPIKING_20, SPIKING_34),
    *(FSTA_18, FSTA_19, FSTA_20, FSTA_34),
)


@network(SPIKING_18)
def SpikingResNet18(**options: Unpack[Options]) -> keras.Model:
    """Builds a spiking ResNet18 with spikes on the shortcut, for ImageNet.

    Block: Conv3x3 - [SMA] - batch normalization - [FSTA] - LIF - Conv3x3 - batch normalization. The
    result is added to the input of the block or its projection; then follow [FSTA] - LIF. LIF: tau
    4/3, threshold 0.5, unscaled input, reset not detached, tanh surrogate of temperature 1 with
    FSTA and 3 without.

    Source: the network without FSTA of arXiv 2501.14744, and the authors' code. Differs from the
    source: neurons fire at equality; the classifier comes after the mean over time, which gives the
    same result.

    Example:
        >>> model = keras_snn.applications.SpikingResNet18(input_shape=(32, 32, 3), classes=10)
        >>> model.output_shape
        (None, 10)
    """
    return build(SPIKING_18, options)


@network(SPIKING_19)
def SpikingResNet19(**options: Unpack[Options]) -> keras.Model:
    """Builds a spiking ResNet19 with three wide stages, for CIFAR-100; see `SpikingResNet18`."""
    return build(SPIKING_19, options)


@network(SPIKING_20)
def SpikingResNet20(**options: Unpack[Options]) -> keras.Model:
    """Builds a spiking ResNet20, three layers as stem, for CIFAR-10; see `SpikingResNet18`."""
    return build(SPIKING_20, options)


@network(SPIKING_34)
def SpikingResNet34(**options: Unpack[Options]) -> keras.Model:
    """Builds a spiking ResNet34 for ImageNet; see `SpikingResNet18`."""
    return build(SPIKING_34, options)


@network(FSTA_18)
def FSTAResNet18(**options: Unpack[Options]) -> keras.Model:
    """Builds `SpikingResNet18` with FSTA before all neurons (arXiv 2501.14744)."""
    return build(FSTA_18, options)


@network(FSTA_19)
def FSTAResNet19(**options: Unpack[Options]) -> keras.Model:
    """Builds `SpikingResNet19` with FSTA before all neurons (arXiv 2501.14744)."""
    return build(FSTA_19, options)


@network(FSTA_20)
def FSTAResNet20(**options: Unpack[Options]) -> keras.Model:
    """Builds `SpikingResNet20` with FSTA before all neurons (arXiv 2501.14744)."""
    return build(FSTA_20, options)


@network(FSTA_34)
def FSTAResNet34(**options: Unpack[Options]) -> keras.Model:
    """Builds `SpikingResNet34` with FSTA before all neurons (arXiv 2501.14744)."""
    return build(FSTA_34, options)


__all__ = [
    "FSTAResNet18",
    "FSTAResNet19",
    "FSTAResNet20",
    "FSTAResNet34",
    "SpikingResNet18",
    "SpikingResNet19",
    "SpikingResNet20",
    "SpikingResNet34",
    "decode_predictions",
    "preprocess_input",
]
