"""Folds batch normalizations into the layers before them."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from keras_snn.layers.batch_normalization import inference_constants, normalizes_last_axis

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
        if isinstance(layer, keras.layers.BatchNormalization) and normalizes_last_axis(layer):
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


def fold(layer: keras.layers.Layer, norm: keras.layers.BatchNormalization) -> list[np.ndarray]:
    """Returns the kernel and the bias of a layer after folding the normalization into them."""
    kernel, *bias = layer.get_weights()
    scale, shift = inference_constants(norm)
    return [FOLDS[type(layer)](kernel, scale), (bias[0] * scale if bias else 0.0) + shift]
