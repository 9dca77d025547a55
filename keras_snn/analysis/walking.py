"""Finds the layers inside a model and their paths."""

from collections.abc import Callable, Iterator
from typing import Any

import keras

from keras_snn.layers.neuron import Neuron
from keras_snn.validation import require


def walk(layer: Any, stops: Callable[[Any], bool] = lambda layer: False) -> dict[str, Any]:
    """Maps paths to all layers inside another layer, in its order; each has its first path only.

    Args:
        layer: A model or another layer.
        stops: A function that is True for a layer whose inner layers are left out.
    """
    found: dict[int, tuple[str, Any]] = {}
    _walk("", layer, stops, found)
    return dict(found.values())


def _walk(
    prefix: str, layer: Any, stops: Callable[[Any], bool], found: dict[int, tuple[str, Any]]
) -> None:
    for inner in layer._flatten_layers(include_self=False, recursive=False):
        if id(inner) in found:
            continue
        path = prefix.removesuffix("/") if _is_own_cell(layer, inner) else f"{prefix}{inner.name}"
        found[id(inner)] = (path, inner)
        if not stops(inner):
            _walk(f"{path}/", inner, stops, found)


def _is_own_cell(layer: Any, inner: Any) -> bool:
    """Tells whether `inner` is a neuron that an RNN repeats: both have one path."""
    return isinstance(layer, keras.layers.RNN) and isinstance(inner, Neuron)


def spiking_layers(model: keras.Model) -> dict[str, keras.layers.Layer]:
    """Finds every spiking layer of a model, and every spiking cell, by its path.

    A layer inside another, such as a neuron of SMA, has the path of both: `block2_sma/scale0/act`.
    A `LIFCell` has the path of the RNN that repeats it.

    Args:
        model: A built Keras model.

    Returns:
        A mapping from paths to layers, in the order of the model.

    Raises:
        ValueError: If no layer of the model spikes.

    Example:
        >>> list(keras_snn.analysis.spiking_layers(keras_snn.applications.VGG8()))[0]
        'block1_lif'
    """
    found = {path: layer for path, layer in walk_leaves(model) if _spikes(layer)}
    require(bool(found), "model", "have at least one spiking layer", model=model.name)
    return found


def walk_leaves(model: Any) -> Iterator[tuple[str, Any]]:
    """Yields paths and layers; a path that an RNN shares with its cell appears twice."""
    found: dict[int, tuple[str, Any]] = {}
    _walk("", model, lambda layer: False, found)
    yield from found.values()


def _spikes(layer: Any) -> bool:
    return isinstance(layer, Neuron) and getattr(layer, "spiking", True)
