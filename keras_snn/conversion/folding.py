"""Folds batch normalizations into the layers before them."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np

Fold = tuple[keras.layers.Layer, keras.layers.Layer]


def normalizations_to_fold(found: list[tuple[Any, keras.layers.Layer]]) -> dict[str, Fold]:
    """Finds batch normalizations by name, each with the layer before it that feeds nothing else."""
    made = {id(call.output_tensors[0]): layer for call, layer in found}
    readers: dict[int, int] = {}
    for call, _ in found:
        for tensor in call.arguments.keras_tensors:
            readers[id(tensor)] = readers.get(id(tensor), 0) + 1
    folded: dict[str, Fold] = {}
    for call, layer in found:
        if isinstance(layer, keras.layers.BatchNormalization):
            source = call.arguments.keras_tensors[0]
            before = made.get(id(source))
            linear = getattr(before, "activation", None) is keras.activations.linear
            if type(before) in FOLDS and linear and readers[id(source)] == 1:
                assert before is not None
                folded[layer.name] = (layer, before)
    return folded


FOLDS: dict[type, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    keras.layers.Dense: lambda kernel, scale: kernel * scale,
    keras.layers.Conv2D: lambda kernel, scale: kernel * scale,
    keras.layers.DepthwiseConv2D: lambda kernel, scale: kernel * scale.reshape(kernel.shape[2:]),
}
"""Functions that scale the kernel of a layer by a factor per output channel."""


def fold(layer: keras.layers.Layer, norm: keras.layers.Layer) -> list[np.ndarray]:
    """Returns the kernel and the bias of a layer after folding the normalization into them."""
    numpy = keras.ops.convert_to_numpy
    kernel, *bias = layer.get_weights()
    scale = 1.0 / np.sqrt(numpy(norm.moving_variance) + norm.epsilon)
    factor = getattr(norm, "factor", norm.gamma)
    scale = scale if factor is None else scale * numpy(factor)
    shift = numpy(norm.beta) if norm.center else 0.0
    old = bias[0] if bias else 0.0
    return [FOLDS[type(layer)](kernel, scale), (old - numpy(norm.moving_mean)) * scale + shift]
