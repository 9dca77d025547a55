"""The networks of a workload, built by keras_snn on any backend."""

from typing import Any

import keras
import numpy as np

import keras_snn
from benchmarks.workloads import Workload

BUILDERS = {
    ("vgg8", "default"): "SMAVGG8",
    ("ms_resnet18", "default"): "SMAResNet18",
    ("fsta_resnet20", "default"): "FSTAResNet20",
    ("fsta_resnet20", None): "SpikingResNet20",
}
"""The builder by the kind of network and its argument `attention`."""


def network(workload: Workload) -> Any:
    """Builds the network, with logits as output."""
    arguments = dict(workload.arguments)
    if workload.kind == "stack":
        return stack(workload.shape, **arguments)
    name = BUILDERS[workload.kind, arguments.pop("attention", "default")]
    if len(workload.shape) == 3:
        arguments["time_steps"] = workload.time_steps
    build = getattr(keras_snn.applications, name)
    return build(input_shape=workload.shape, classifier_activation=None, **arguments)


def stack(shape: tuple[int, ...], channels: int, depth: int, classes: int) -> Any:
    """Builds `depth` blocks of convolution, batch normalization and LIF."""
    inputs = x = keras.Input(shape)
    for number in range(depth):
        conv = keras.layers.Conv2D(channels, 3, padding="same")
        x = keras_snn.layers.TimeDistributed(conv, name=f"block{number}_conv")(x)
        x = keras_snn.layers.BatchNormalization(name=f"block{number}_bn")(x)
        x = keras_snn.layers.LIF(name=f"block{number}_lif")(x)
    rates = keras.ops.mean(x, axis=(1, 2, 3))  # (batch, channels)
    return keras.Model(inputs, keras.layers.Dense(classes)(rates))


def save_memory(model: Any, way: str | None) -> Any:
    """Returns the network in a form of `keras_snn.training`: "rematerialize" or "windows of N"."""
    if way is None:
        return model
    if way == "rematerialize":
        return keras_snn.training.rematerialize(model)
    return keras_snn.training.TruncatedBPTT(model, int(way.removeprefix("windows of ")))


def trainable(layer: Any) -> int:
    """Returns the number of trainable parameters."""
    return sum(int(np.prod(weight.shape)) for weight in layer.trainable_weights)
