"""Multiply-accumulate operations of every layer, counted from shapes."""

from collections.abc import Iterator
from typing import Any

import keras

from keras_snn.graphs.calls import calls, graph_of
from keras_snn.layers.protocol import Macs, parts_of
from keras_snn.validation import require


def macs(model: keras.Model) -> dict[str, Macs]:
    """Multiply-accumulates (MACs) of every layer that has products, for one sample.

    A convolution has positions * kernel elements, positions those of its output (of its input, if
    transposed) and zeros of the padding counted; a dense layer inputs * outputs. Of SMA these are
    the convolutions of its scales, once a time step, and its two branches; of FSTA the matrix over
    time, the fixed filters and the convolutions behind them, once a sample. Neurons,
    normalization, pooling and products of two maps are not counted. A layer of your own counts
    what its method `macs(input_shape)` says.

    Args:
        model: A functional or sequential Keras model of fixed height and width.

    Returns:
        Paths of the layers to their MACs, in the order of the model; the parts of SMA and FSTA
        have the path of both, `block2_sma/scale0`. A layer that is used several times counts all.

    Raises:
        ValueError: for a model without such a graph, sizes that are not fixed, or a layer that
            has no method `macs` and is not known.

    Example:
        >>> macs = keras_snn.analysis.macs(keras_snn.applications.VGG8())
        >>> macs["block1_conv"]
        Macs(once=18874368, times=10)
    """
    counted: dict[str, Macs] = {}
    for path, entry in _of_model(model, ""):
        before = counted.get(path, Macs(0, entry.times))
        counted[path] = Macs(before.once + entry.once, entry.times)
    return counted


def _of_model(model: Any, prefix: str) -> Iterator[tuple[str, Macs]]:
    graph, rule = graph_of(model), "be functional or sequential, and built"
    require(graph is not None, "model", rule, model=type(model).__name__)
    for node in calls(graph):
        layer = node.operation
        if isinstance(layer, keras.Model):
            yield from _of_model(layer, f"{prefix}{layer.name}/")
        elif isinstance(layer, keras.layers.Layer):
            for part, entry in parts_of(layer, node.input_tensors[0].shape).items():
                if entry.once:
                    yield f"{prefix}{layer.name}{part}", entry
