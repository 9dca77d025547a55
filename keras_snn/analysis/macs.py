"""Counts the multiply-accumulate operations of every layer from its shapes."""

from collections.abc import Iterator
from typing import Any

import keras

from keras_snn.graphs.calls import calls, graph_of
from keras_snn.layers.protocol import Macs, parts_of, parts_where_known
from keras_snn.validation import require


def macs(model: keras.Model) -> dict[str, Macs]:
    """Counts the multiply-accumulates (MACs) of every layer for one sample.

    A convolution has positions * kernel elements MACs. The positions are those of its output, or of
    its input if it is transposed; zeros of the padding count. A dense layer has inputs * outputs.
    SMA has the convolutions of its scales, once per time step, and its two branches. FSTA has the
    matrix over time, the fixed filters and the convolutions after them, once per sample. Neurons,
    normalization, pooling and products of two maps are not counted. For a layer of your own, its
    method `macs(input_shape)` is called.

    Args:
        model: A functional or sequential Keras model of fixed height and width.

    Returns:
        A mapping from the path of each layer to its MACs, in the order of the model. The parts of
        SMA and FSTA have the path of both, such as `block2_sma/scale0`. If a layer is called
        several times, its calls are added up.

    Raises:
        ValueError: If the model is neither functional nor sequential, if sizes are not fixed, or if
            a layer is unknown and has no method `macs`.

    Example:
        >>> macs = keras_snn.analysis.macs(keras_snn.applications.VGG8())
        >>> macs["block1_conv"]
        Macs(once=18874368, times=10)
    """
    counted: dict[str, Macs] = {}
    for path, layer, shape in _calls(model, ""):
        for part, entry in parts_of(layer, shape).items():
            _add(counted, f"{path}{part}", entry)
    return counted


def macs_where_known(model: keras.Model) -> tuple[dict[str, Macs], list[str]]:
    """Counts as `macs` does, and lists the paths of the layers whose products are unknown."""
    counted: dict[str, Macs] = {}
    unknown = []
    for path, layer, shape in _calls(model, ""):
        parts = parts_where_known(layer, shape)
        unknown += [path] if parts is None else []
        for part, entry in (parts or {}).items():
            _add(counted, f"{path}{part}", entry)
    return counted, unknown


def _add(counted: dict[str, Macs], path: str, entry: Macs) -> None:
    if entry.once:
        before = counted.get(path, Macs(0, entry.times))
        counted[path] = Macs(before.once + entry.once, entry.times)


def _calls(model: Any, prefix: str) -> Iterator[tuple[str, Any, Any]]:
    """Yields the path, the layer and the shape of the input of every call."""
    graph, rule = graph_of(model), "be functional or sequential, and built"
    require(graph is not None, "model", rule, model=type(model).__name__)
    for node in calls(graph):
        layer = node.operation
        if isinstance(layer, keras.Model):
            yield from _calls(layer, f"{prefix}{layer.name}/")
        elif isinstance(layer, keras.layers.Layer):
            yield f"{prefix}{layer.name}", layer, node.input_tensors[0].shape
