"""Residual networks whose shortcuts carry membrane potentials: MSResNet, SMAResNet, MaxResNet."""

from dataclasses import replace
from typing import Any, Unpack

import keras

from keras_snn.applications import blocks
from keras_snn.applications.network import build, network
from keras_snn.applications.plan import Options, Plan
from keras_snn.applications.preprocessing import decode_predictions, preprocess_input
from keras_snn.applications.row import Row
from keras_snn.surrogates import Sigmoid

THRESHOLD = 0.5


def body(x: Any, plan: Plan) -> Any:
    """Builds stem, stages and the last neurons: (batch, time, height, width, channels)."""
    row = plan.row
    for number, (kernel_size, strides) in enumerate(row.stem, start=1):
        filters, name = row.stem_filters or plan.filters[0], f"stem_conv{number}"
        x = blocks.convolution(x, filters, kernel_size, name, strides, use_bias=row.stem_bias)
    x = blocks.normalization(x, plan, "stem_bn", row.gammas[0])
    return blocks.spikes(blocks.stages(x, plan, _block), plan, "head_lif")


def _block(x: Any, plan: Plan, filters: int, strides: int, name: str) -> Any:
    first, last = plan.row.gammas
    pooled = plan.row.maximum and strides > 1
    y = blocks.spikes(x, plan, f"{name}_lif1")
    y = _convolution(y, filters, f"{name}_conv1", 1 if pooled else strides)
    y = blocks.attend(y, plan, "convolution", name)
    y = blocks.normalization(y, plan, f"{name}_bn1", first)
    y = blocks.maximum_pool(y, 3, strides, f"{name}_pool") if pooled else y
    y = blocks.attend(y, plan, "normalization", name)
    y = blocks.spikes(y, plan, f"{name}_lif2")
    y = _convolution(y, filters, f"{name}_conv2")
    y = blocks.normalization(y, plan, f"{name}_bn2", last)
    if strides > 1 or x.shape[-1] != filters:
        x = blocks.shortcut(x, plan, filters, strides, f"{name}_shortcut")
    x = blocks.sequence(x, plan, f"{name}_shortcut")
    return keras.layers.Add(name=f"{name}_add")([y, x])


def _convolution(x: Any, filters: int, name: str, strides: int = 1) -> Any:
    return blocks.convolution(x, filters, 3, name, strides, use_bias=False)


MS_18 = Row(
    title="MSResNet18",
    body=body,
    head=blocks.pooled_classifier,
    input_shape=(224, 224, 3),
    time_steps=6,
    classes=1000,
    smallest=32,
    filters=(64, 128, 256, 512),
    # Six time steps get a bottleneck of four, as in the authors' code.
    settings={"sma": {"channel_reduction": 4, "time_reduction": 1.5}, "fsta": {}},
    attention_blocks=(1, 2),
    depths=(2, 2, 2, 2),
    strides=(2, 2, 2, 2),
    stem=((7, 2),),
    gammas=(THRESHOLD, 0.0),  # a residual starts at zero
    neuron={
        "tau": 4 / 3,
        "v_threshold": THRESHOLD,
        "decay_input": False,
        "surrogate": "rectangular",
    },
)
MS_34 = replace(MS_18, title="MSResNet34", depths=(3, 4, 6, 3))
MS_104 = replace(
    MS_18,
    title="MSResNet104",
    depths=(3, 8, 32, 8),
    stem=((3, 2), (3, 1), (3, 1)),
    stem_bias=True,
    pooled=True,
    dropout=0.2,
)
SMA_18 = replace(MS_18, title="SMAResNet18", attention="sma")
SMA_34 = replace(MS_34, title="SMAResNet34", attention="sma")
SMA_104 = replace(MS_104, title="SMAResNet104", attention="sma")
MAX_18 = replace(
    MS_18,
    title="MaxResNet18",
    input_shape=(32, 32, 3),
    time_steps=4,
    classes=10,
    smallest=4,
    filters=(128, 256, 512),
    depths=(3, 3, 2),
    strides=(1, 2, 2),
    stem=((3, 1),),
    stem_filters=64,
    gammas=(1.0, 1.0),
    neuron={"tau": 2.0, "surrogate": Sigmoid()},
    maximum=True,
)
ROWS = (MS_18, MS_34, MS_104, SMA_18, SMA_34, SMA_104, MAX_18)


@network(MS_18)
def MSResNet18(**options: Unpack[Options]) -> keras.Model:
    """Builds MS-ResNet18: a spiking residual network with membrane shortcuts, for ImageNet.

    Block: LIF - Conv3x3 - [SMA] - batch normalization - [FSTA] - LIF - Conv3x3 - batch
    normalization. The result is added to the input of the block or, if that has another shape, to a
    projection of it. The networks of 18 and 34 layers begin with a Conv7x7 of stride 2. The network
    of 104 layers begins with three Conv3x3, has average pools on the shortcuts, and dropout 0.2
    before the classifier. LIF: tau 4/3, threshold 0.5, unscaled input, rectangular surrogate.

    Source: Hu et al., arXiv 2112.08954; with SMA arXiv 2405.13672, and the authors' code. Differs
    from the source: neurons fire at equality; maps of odd size also work with 104 layers.

    Example:
        >>> model = keras_snn.applications.MSResNet18(input_shape=(32, 32, 3), classes=10)
        >>> model.output_shape
        (None, 10)
    """
    return build(MS_18, options)


@network(MS_34)
def MSResNet34(**options: Unpack[Options]) -> keras.Model:
    """Builds MS-ResNet34 (arXiv 2112.08954); see `MSResNet18`."""
    return build(MS_34, options)


@network(MS_104)
def MSResNet104(**options: Unpack[Options]) -> keras.Model:
    """Builds MS-ResNet104 (arXiv 2112.08954); see `MSResNet18`."""
    return build(MS_104, options)


@network(SMA_18)
def SMAResNet18(**options: Unpack[Options]) -> keras.Model:
    """Builds MS-ResNet18 with SMA in the first two blocks of every stage (arXiv 2405.13672)."""
    return build(SMA_18, options)


@network(SMA_34)
def SMAResNet34(**options: Unpack[Options]) -> keras.Model:
    """Builds MS-ResNet34 with SMA in the first two blocks of every stage (arXiv 2405.13672)."""
    return build(SMA_34, options)


@network(SMA_104)
def SMAResNet104(**options: Unpack[Options]) -> keras.Model:
    """Builds MS-ResNet104 with SMA in the first two blocks of every stage (arXiv 2405.13672)."""
    return build(SMA_104, options)


@network(MAX_18)
def MaxResNet18(**options: Unpack[Options]) -> keras.Model:
    """Builds Max-ResNet18: membrane shortcuts, and maximum pools that keep high frequencies.

    The block is that of `MSResNet18`. If it halves the map, its first convolution keeps the size,
    and a 3x3 maximum pool of stride 2 follows the batch normalization. The network has a stem of
    one Conv3x3 with 64 channels and three stages, for CIFAR. LIF: tau 2, threshold 1, sigmoid
    surrogate of slope 4.

    Source: arXiv 2505.18608 and the authors' code. Differs from the source: maps of odd size also
    work.
    """
    return build(MAX_18, options)


__all__ = [
    "MSResNet18",
    "MSResNet34",
    "MSResNet104",
    "MaxResNet18",
    "SMAResNet18",
    "SMAResNet34",
    "SMAResNet104",
    "decode_predictions",
    "preprocess_input",
]
