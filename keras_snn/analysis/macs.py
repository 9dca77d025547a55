"""Multiply-accumulate operations of every layer, counted from shapes."""

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

import keras

from keras_snn.graphs.calls import calls, graph_of
from keras_snn.layers import FSTA, SMA, LIFCell
from keras_snn.validation import require


class Macs(NamedTuple):
    """Multiply-accumulates of a layer for one sample.

    Args:
        once: Of one run of the layer.
        times: How often a sample runs it: the number of time steps, None where that is free, or
            1 for what is computed once a sample, such as the stem of a static image.
    """

    once: int
    times: int | None

    @property
    def total(self) -> int | None:
        """Of all runs, None where the number of time steps is free."""
        return None if self.times is None else self.once * self.times


def macs(model: keras.Model) -> dict[str, Macs]:
    """Multiply-accumulates (MACs) of every layer that has products, for one sample.

    A convolution has positions * kernel elements, positions those of its output (of its input, if
    transposed) and zeros of the padding counted; a dense layer inputs * outputs. Of SMA these are
    the convolutions of its scales, once a time step, and its two branches; of FSTA the matrix over
    time, the fixed filters and the convolutions behind them, once a sample. Neurons,
    normalisation, pooling and products of two maps are not counted.

    Args:
        model: A functional or sequential Keras model of fixed height and width.

    Returns:
        Paths of the layers to their MACs, in the order of the model; the parts of SMA and FSTA
        have the path of both, `block2_sma/scale0`. A layer that is used several times counts all.

    Raises:
        ValueError: for a model that has not such a graph, sizes that are not fixed, or a layer
            with matrices of weights whose products are not known.

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
            shapes = [tuple(tensors[0].shape) for tensors in (node.input_tensors, node.outputs)]
            for part, entry in _of_layer(layer, *shapes):
                yield f"{prefix}{layer.name}{part}", entry


def _of_layer(layer: Any, inputs: Any, outputs: Any) -> Iterator[tuple[str, Macs]]:
    """(part, MACs) of a layer that is run on a shape with batch."""
    if isinstance(layer, SMA):
        yield from _of_sma(layer, inputs)
    elif isinstance(layer, FSTA):
        yield from _of_fsta(layer, inputs)
    elif isinstance(layer, keras.layers.Wrapper) and hasattr(layer.layer, "kernel"):
        once = _of_positions(layer.layer, (None, *inputs[2:]), (None, *outputs[2:]))
        yield "", Macs(once, inputs[1])
    elif isinstance(layer, keras.layers.RNN):
        yield from _of_recurrent(layer, inputs)
    elif hasattr(layer, "kernel") or hasattr(layer, "depthwise_kernel"):
        # (batch, time, features) and (batch, time, height, width, channels) have time
        timed = isinstance(layer, keras.layers.Dense) and len(inputs) in (3, 5)
        cut = 2 if timed else 1
        once = _of_positions(layer, (None, *inputs[cut:]), (None, *outputs[cut:]))
        yield "", Macs(once, inputs[1] if timed else 1)
    else:
        _require_no_products(layer)


def _of_positions(layer: Any, inputs: Any, outputs: Any) -> int:
    """Positions * kernel elements, of shapes with batch and without time."""
    shape = inputs if "Transpose" in type(layer).__name__ else outputs
    require(None not in shape[1:-1], "model", "have fixed sizes", layer=layer.name, shape=shape)
    names = ("kernel", "depthwise_kernel", "pointwise_kernel")
    kernels = [getattr(layer, name) for name in names if hasattr(layer, name)]
    return math.prod(shape[1:-1]) * sum(math.prod(kernel.shape) for kernel in kernels)


def _of_sma(layer: SMA, shape: Any) -> Iterator[tuple[str, Macs]]:
    _, time_steps, height, width, _ = shape
    require(None not in shape[2:], "model", "have fixed sizes", layer=layer.name, shape=shape)
    for encoder in layer.encoders:
        once = height * width * _elements(encoder.conv)
        yield f"/{encoder.name}", Macs(once, time_steps)
    channel = layer.channel_branch
    yield f"/{channel.name}", Macs(_of_branch(channel), 1 if layer.lightweight else time_steps)
    if layer.time_attention:
        yield f"/{layer.time_branch.name}", Macs(_of_branch(layer.time_branch), 1)


def _of_branch(branch: Any) -> int:
    return sum(_elements(dense) for dense in (branch.squeeze, *branch.excite))


def _of_fsta(layer: FSTA, shape: Any) -> Iterator[tuple[str, Macs]]:
    _, _, height, width, _ = shape
    require(None not in shape[2:], "model", "have fixed sizes", layer=layer.name, shape=shape)
    yield "/time_kernel", Macs(math.prod(layer.time_kernel.shape), 1)
    filters = layer.convs[0].kernel.shape[2] * layer.frequency_size**2
    yield "/filters", Macs(height * width * filters, 1)
    for conv in layer.convs:
        yield f"/{conv.name}", Macs(height * width * _elements(conv), 1)


def _of_recurrent(layer: Any, shape: Any) -> Iterator[tuple[str, Macs]]:
    if isinstance(layer.cell, LIFCell):
        return
    known = hasattr(layer.cell, "kernel") and hasattr(layer.cell, "recurrent_kernel")
    require(known, "model", KNOWN, layer=layer.name)
    once = sum(math.prod(k.shape) for k in (layer.cell.kernel, layer.cell.recurrent_kernel))
    yield "", Macs(once, shape[1])


KNOWN = "have layers whose products are known: convolutions, dense and recurrent ones, SMA, FSTA"


def _require_no_products(layer: Any) -> None:
    matrices = [w.path for w in layer.trainable_weights if len(w.shape) > 1]
    none = not matrices or isinstance(layer, keras.layers.Embedding)
    require(none, "model", KNOWN, layer=layer.name, weights=matrices)


def _elements(layer: Any) -> int:
    return math.prod(layer.kernel.shape)
