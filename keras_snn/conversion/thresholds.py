"""Measures how large the activations of a network become on data."""

from typing import Any

import keras
import numpy as np

from keras_snn.graphs.calls import calls, graph_of
from keras_snn.validation import choice, real, require

METHODS = ("max", "percentile")
BINS = 4096
"""Resolution of the percentiles: 1 / 4096 of the largest activation of a channel."""


def pieces(model: keras.Model) -> list[tuple[Any, keras.layers.Layer]]:
    """Returns the calls of a network with their layers, each after the calls that it needs."""
    graph = graph_of(model)
    rule = "be a functional or sequential network that is built"
    require(graph is not None, "model", rule, model=type(model).__name__)
    found = [(call, call.operation) for call in calls(graph)]
    for call, layer in found:
        good = isinstance(layer, keras.layers.Layer) and len(call.output_tensors) == 1
        require(good, "model", "be made of layers with one output", operation=layer.name)
    return found


def is_relu(layer: keras.layers.Layer, *, alone: bool = False) -> bool:
    """Tells whether a layer ends with a ReLU; with `alone`, whether it is nothing but a ReLU."""
    activation = getattr(layer, "activation", None)
    single = isinstance(layer, keras.layers.ReLU)
    if single:
        good = not layer.negative_slope and not layer.threshold
        rule = "have plain ReLUs, without a slope below zero or a threshold"
        require(good, "model", rule, layer=layer.name)
        return True
    ends = activation in (keras.activations.relu, keras.activations.relu6)
    return ends and (not alone or isinstance(layer, keras.layers.Activation))


def measure_scales(
    model: keras.Model, data: Any, method: str, percentile: float = 99.9
) -> dict[str, np.ndarray]:
    """Measures the scale of every channel of every ReLU: its largest activation or a percentile.

    Args:
        model: The network.
        data: Inputs of the network, as an array.
        method: "max" or "percentile".
        percentile: Greater than 0, at most 100; taken over all samples and positions of a channel.

    Returns:
        Arrays (channels,) by the name of the layer. A channel that is never active has 1.
    """
    choice("method", method, METHODS)
    percentile = real("percentile", percentile, above=0.0)
    require(percentile <= 100, "percentile", "be at most 100", percentile=percentile)
    found = [
        (layer.name, call.output_tensors[0]) for call, layer in pieces(model) if is_relu(layer)
    ]
    require(len(found) > 0, "model", "have at least one ReLU", model=model.name)
    names = [name for name, _ in found]
    watched = keras.Model(model.inputs, [tensor for _, tensor in found])
    scales = _reduce(watched, data, names, lambda values: values.max(axis=0), np.maximum)
    if method == "percentile":
        counts = _count(watched, data, names, scales)
        scales = {name: _percentile(counts[name], scales[name], percentile) for name in names}
    return {name: np.where(scale > 0, scale, 1.0) for name, scale in scales.items()}


def _batches(watched: keras.Model, data: Any) -> Any:
    """Yields the activations of every batch, each as (values, channels)."""
    for start in range(0, len(data), 64):
        outputs = watched.predict_on_batch(data[start : start + 64])
        outputs = outputs if isinstance(outputs, list) else [outputs]
        yield [np.asarray(values).reshape(-1, values.shape[-1]) for values in outputs]


def _reduce(watched: keras.Model, data: Any, names: list[str], measure: Any, join: Any) -> dict:
    found: dict[str, np.ndarray] = {}
    for batch in _batches(watched, data):
        for name, values in zip(names, batch, strict=True):
            value = measure(values)
            found[name] = join(found[name], value) if name in found else value
    require(len(found) > 0, "data", "hold at least one sample", samples=len(data))
    return found


def _count(watched: keras.Model, data: Any, names: list[str], largest: dict) -> dict:
    """Returns histograms (channels, BINS) of each channel from 0 to its largest value."""
    counts = {name: np.zeros((len(largest[name]), BINS), np.int64) for name in names}
    for batch in _batches(watched, data):
        for name, values in zip(names, batch, strict=True):
            scale = np.where(largest[name] > 0, largest[name], 1.0)
            bins = np.minimum((values / scale * BINS).astype(int), BINS - 1)
            for channel in range(bins.shape[1]):
                counts[name][channel] += np.bincount(bins[:, channel], minlength=BINS)
    return counts


def _percentile(counts: np.ndarray, largest: np.ndarray, percentile: float) -> np.ndarray:
    """Returns the upper edge of the bin that contains the percentile of each channel."""
    shares = counts.cumsum(axis=1) / counts.sum(axis=1, keepdims=True)
    edges = 1 + (shares < percentile / 100).sum(axis=1)
    return largest * np.minimum(edges, BINS) / BINS
