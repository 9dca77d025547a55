"""Residual networks that add spikes to spikes: SEWResNet."""

from dataclasses import replace
from typing import Any, Unpack

import keras

from keras_snn.applications import blocks
from keras_snn.applications.network import build, network
from keras_snn.applications.plan import Options, Plan
from keras_snn.applications.preprocessing import decode_predictions, preprocess_input
from keras_snn.applications.spiking_resnet import SPIKING_18, projection, residual, stem
from keras_snn.layers import IF


def body(x: Any, plan: Plan) -> Any:
    """Builds stem and stages: (batch, time, height, width, channels)."""
    return blocks.stages(stem(x, plan), plan, _block)


def _block(x: Any, plan: Plan, filters: int, strides: int, name: str) -> Any:
    y = residual(x, plan, filters, strides, name)
    y = blocks.attend(y, plan, "addition", name, "2")
    y = blocks.spikes(y, plan, f"{name}_lif2")
    if strides > 1 or x.shape[-1] != filters:
        x = projection(x, plan, filters, strides, name)
        x = blocks.spikes(x, plan, f"{name}_shortcut_lif")
    return keras.layers.Add(name=f"{name}_add")([y, x])


SEW_18 = replace(
    SPIKING_18,
    title="SEWResNet18",
    body=body,
    maximum=True,
    neuron_layer=IF,
    neuron={"surrogate": "atan"},
)
SEW_34 = replace(SEW_18, title="SEWResNet34", depths=(3, 4, 6, 3))
ROWS = (SEW_18, SEW_34)


@network(SEW_18)
def SEWResNet18(**options: Unpack[Options]) -> keras.Model:
    """Builds SEW-ResNet18, whose blocks add spikes to spikes, for ImageNet.

    Block: Conv3x3 - [SMA] - batch normalization - [FSTA] - IF - Conv3x3 - batch normalization -
    [FSTA] - IF. The result is added to the input of the block or, if that has another shape, to the
    spikes of a projection of it. The next block takes this sum, which is 0, 1 or more. The stem is
    Conv7x7 - batch normalization - IF - 3x3 maximum pool. IF: threshold 1, ATan surrogate.

    Source: Fang et al., Deep Residual Learning in Spiking Neural Networks, NeurIPS 2021, with g =
    ADD. Differs from the source: the classifier comes after the mean over time, which gives the
    same result.
    """
    return build(SEW_18, options)


@network(SEW_34)
def SEWResNet34(**options: Unpack[Options]) -> keras.Model:
    """Builds SEW-ResNet34 (Fang et al., NeurIPS 2021); see `SEWResNet18`."""
    return build(SEW_34, options)


__all__ = ["SEWResNet18", "SEWResNet34", "decode_predictions", "preprocess_input"]
