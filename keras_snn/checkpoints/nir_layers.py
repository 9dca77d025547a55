"""Turns nodes without neurons of the Neuromorphic Intermediate Representation into layers."""

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import keras
import numpy as np

from keras_snn.layers import TimeDistributed


class Signal(NamedTuple):
    """A tensor on its way through the network.

    Args:
        tensor: (batch, time, height, width, channels) or (batch, time, features).
        order: For each of NIR's features, its position among ours, if a flattened map has another
            order there; None if the orders agree.
    """

    tensor: Any
    order: np.ndarray | None = None


def _dense(node: Any, name: str, signal: Signal) -> Signal:
    weight = np.asarray(node.weight)  # (outputs, inputs)
    if signal.order is not None:
        weight = weight[:, np.argsort(signal.order)]
    bias = getattr(node, "bias", None)
    layer = keras.layers.Dense(weight.shape[0], use_bias=bias is not None, name=name)
    tensor = layer(signal.tensor)
    layer.set_weights([weight.T] + ([] if bias is None else [np.asarray(bias)]))
    return Signal(tensor)


def _convolution(node: Any, name: str, signal: Signal) -> Signal:
    weight, padding = np.asarray(node.weight), node.padding  # (outputs, inputs, height, width)
    tensor = signal.tensor
    if not isinstance(padding, str):
        tensor, padding = _pad(tensor, padding, name), "valid"
    layer = keras.layers.Conv2D(
        weight.shape[0],
        weight.shape[2:],
        strides=_pair(node.stride),
        padding=padding,
        dilation_rate=_pair(node.dilation),
        groups=int(node.groups),
        data_format="channels_last",
        name=name,
    )
    tensor = TimeDistributed(layer, name=name)(tensor)
    layer.set_weights([weight.transpose(2, 3, 1, 0), np.asarray(node.bias)])
    return Signal(tensor)


def _pool(node: Any, name: str, signal: Signal) -> Signal:
    size = _pair(node.kernel_size)
    tensor = _pad(signal.tensor, node.padding, name)
    layer = keras.layers.AveragePooling2D(
        size, _pair(node.stride), data_format="channels_last", name=name
    )
    tensor = TimeDistributed(layer, name=name)(tensor)
    if type(node).__name__ == "SumPool2d":
        tensor = keras.layers.Rescaling(math.prod(size), name=f"{name}_sum")(tensor)
    return Signal(tensor)


def _flatten(node: Any, name: str, signal: Signal) -> Signal:
    """Flattens a map; NIR's features have the order (channels, height, width)."""
    if signal.tensor.ndim == 3:
        return signal
    height, width, channels = signal.tensor.shape[2:]
    ours = np.arange(height * width * channels).reshape(height, width, channels)
    order = ours.transpose(2, 0, 1).ravel()
    return Signal(TimeDistributed(keras.layers.Flatten(), name=name)(signal.tensor), order)


def _scale(node: Any, name: str, signal: Signal) -> Signal:
    scale = np.asarray(node.scale)
    if scale.ndim == 3:
        scale = scale.transpose(1, 2, 0)
    elif signal.order is not None:
        scale = scale[np.argsort(signal.order)]
    return Signal(keras.layers.Rescaling(scale.tolist(), name=name)(signal.tensor), signal.order)


LAYERS: dict[str, Callable[[Any, str, Signal], Signal]] = {
    "Affine": _dense,
    "Linear": _dense,
    "Conv2d": _convolution,
    "AvgPool2d": _pool,
    "SumPool2d": _pool,
    "Flatten": _flatten,
    "Scale": _scale,
}
"""The functions that apply the layers of a node, by the kind of the node."""


def _pad(x: Any, padding: Any, name: str) -> Any:
    height, width = _pair(padding)
    if (height, width) == (0, 0):
        return x
    layer = keras.layers.ZeroPadding2D(
        (height, width), data_format="channels_last", name=f"{name}_pad"
    )
    return TimeDistributed(layer, name=layer.name)(x)


def _pair(value: Any) -> tuple[int, int]:
    values = np.broadcast_to(np.asarray(value, int), (2,))
    return int(values[0]), int(values[1])
