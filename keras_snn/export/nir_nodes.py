"""Layers as nodes of the Neuromorphic Intermediate Representation (NIR)."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from keras_snn.checkpoints.nir_neurons import neuron_to_node
from keras_snn.checkpoints.nir_recurrent import recurrent_to_nodes
from keras_snn.export.nir_graph import GraphWriter, Pending, turned
from keras_snn.layers import IF, LIF, BatchNormalization, LeakyIntegrator, RecurrentLIF, Synaptic
from keras_snn.layers.batch_normalization import inference_constants, normalizes_last_axis
from keras_snn.layers.neuron import LeakyNeuron
from keras_snn.validation import require


def write_layer(writer: GraphWriter, layer: Any, inputs: list[Pending], name: str) -> Pending:
    """Writes the nodes of a layer, and returns what its output is in the graph.

    Raises:
        ValueError: for a layer that NIR cannot say.
    """
    write = WRITERS.get(type(layer)) or next(
        (write for kind, write in WRITERS.items() if _refines(layer, kind)), None
    )
    names = ", ".join(dict.fromkeys(kind.__name__ for kind in WRITERS))
    rule = f"have layers that NIR can say: {names}"
    require(write is not None, "model", rule, layer=name, type=type(layer).__name__)
    assert write is not None
    return write(writer, layer, inputs, name)


def _refines(layer: Any, kind: type) -> bool:
    """Tells whether a layer refines one of Keras, and is no neuron with equations of its own."""
    return isinstance(layer, kind) and not isinstance(layer, LeakyNeuron)


def _write_sum(writer: GraphWriter, layer: Any, inputs: list[Pending], name: str) -> Pending:
    sources = tuple(source for each in inputs for source in each.sources)
    rule = "add tensors that come from different nodes, as NIR sums edges"
    require(len(set(sources)) == len(sources), "model", rule, layer=name)
    return inputs[0]._replace(sources=sources)


def _write_nothing(writer: GraphWriter, layer: Any, inputs: list[Pending], name: str) -> Pending:
    return inputs[0]


def _write_dense(writer: GraphWriter, layer: Any, inputs: list[Pending], name: str) -> Pending:
    (given,) = inputs
    _require_linear(layer, name)
    kernel = keras.ops.convert_to_numpy(layer.kernel)  # (inputs, outputs)
    if given.order is not None:
        kernel = kernel[given.order]
    require(len(given.shape) == 1, "model", "flatten maps before a dense layer", layer=name)
    bias = _bias(layer, kernel.shape[1])
    writer.add(name, writer.nir.Affine(weight=kernel.T, bias=bias), given.sources)
    return Pending((name,), (kernel.shape[1],))


def _write_convolution(
    writer: GraphWriter, layer: Any, inputs: list[Pending], name: str
) -> Pending:
    (given,) = inputs
    _require_linear(layer, name)
    plain = layer.padding == "valid" or {*layer.strides} == {1}
    good = plain and layer.data_format == "channels_last"
    rule = 'pad "same" with stride 1 alone, channels last, as NIR does'
    require(good, "model", rule, layer=name, padding=layer.padding, strides=layer.strides)
    kernel = keras.ops.convert_to_numpy(layer.kernel)  # (height, width, inputs, outputs)
    node = writer.nir.Conv2d(
        input_shape=given.shape[:2],
        weight=kernel.transpose(3, 2, 0, 1),
        stride=layer.strides,
        padding=_padding(layer, name),
        dilation=layer.dilation_rate,
        groups=layer.groups,
        bias=_bias(layer, kernel.shape[3]),
    )
    writer.add(name, node, given.sources)
    return Pending((name,), tuple(layer.compute_output_shape((None, *given.shape))[1:]))


def _padding(layer: Any, name: str) -> tuple[int, ...]:
    if layer.padding == "valid":
        return (0, 0)
    reach = [d * (k - 1) for d, k in zip(layer.dilation_rate, layer.kernel_size, strict=True)]
    rule = "have kernels of odd size, which pad both sides alike"
    require(all(r % 2 == 0 for r in reach), "model", rule, layer=name, kernel=layer.kernel_size)
    return tuple(r // 2 for r in reach)


def _write_pool(writer: GraphWriter, layer: Any, inputs: list[Pending], name: str) -> Pending:
    (given,) = inputs
    good = layer.padding == "valid" and layer.data_format == "channels_last"
    require(good, "model", 'pool with the padding "valid", channels last', layer=name)
    size, strides = np.array(layer.pool_size), np.array(layer.strides)
    node = writer.nir.AvgPool2d(kernel_size=size, stride=strides, padding=np.array([0, 0]))
    writer.add(name, node, given.sources)
    return Pending((name,), tuple(layer.compute_output_shape((None, *given.shape))[1:]))


def _write_global_pool(
    writer: GraphWriter, layer: Any, inputs: list[Pending], name: str
) -> Pending:
    (given,) = inputs
    size = np.array(given.shape[:2])
    pool = writer.nir.AvgPool2d(kernel_size=size, stride=size, padding=np.array([0, 0]))
    writer.add(f"{name}_pool", pool, given.sources)
    flat = writer.nir.Flatten(np.array([given.shape[2], 1, 1]), start_dim=0)
    return Pending((writer.add(name, flat, (f"{name}_pool",)),), (given.shape[2],))


def _write_flatten(writer: GraphWriter, layer: Any, inputs: list[Pending], name: str) -> Pending:
    (given,) = inputs
    if len(given.shape) == 1:
        return given
    size = int(np.prod(given.shape))
    order = np.arange(size).reshape(given.shape).transpose(2, 0, 1).ravel()
    node = writer.nir.Flatten(np.array(turned(given.shape)), start_dim=0)
    return Pending((writer.add(name, node, given.sources),), (size,), order)


def _write_neurons(writer: GraphWriter, layer: Any, inputs: list[Pending], name: str) -> Pending:
    (given,) = inputs
    node = neuron_to_node(layer, turned(given.shape), writer.dt, given.order)
    return given._replace(sources=(writer.add(name, node, given.sources),))


def _write_recurrent(writer: GraphWriter, layer: Any, inputs: list[Pending], name: str) -> Pending:
    (given,) = inputs
    order = np.arange(layer.units) if given.order is None else given.order
    neurons, matrix = recurrent_to_nodes(layer, order, writer.dt)
    spikes, returning = f"{name}.lif", f"{name}.w_rec"
    writer.add(spikes, neurons, (*given.sources, returning))
    writer.add(returning, matrix, (spikes,))
    return given._replace(sources=(spikes,))


def _write_normalization(
    writer: GraphWriter, layer: Any, inputs: list[Pending], name: str
) -> Pending:
    """Scales the weights of the node before it."""
    (given,) = inputs
    node = writer.nodes[given.sources[0]]
    alone = [source for source, _ in writer.edges].count(given.sources[0]) == 0
    good = len(given.sources) == 1 and hasattr(node, "weight") and alone
    rule = "have batch normalizations right behind a convolution or a dense layer"
    require(good, "model", rule, layer=name)
    rule = "have batch normalizations over the channels, the last axis"
    require(normalizes_last_axis(layer), "model", rule, layer=name, axis=layer.axis)
    scale, shift = inference_constants(layer)
    node.weight = node.weight * scale.reshape(-1, *[1] * (node.weight.ndim - 1))
    node.bias = node.bias * scale + shift
    return given


def _require_linear(layer: Any, name: str) -> None:
    linear = keras.activations.get(layer.activation) is keras.activations.linear
    require(linear, "model", "have no activations but neurons", layer=name)


def _bias(layer: Any, size: int) -> np.ndarray:
    return np.zeros(size) if layer.bias is None else keras.ops.convert_to_numpy(layer.bias)


Write = Callable[[GraphWriter, Any, list[Pending], str], Pending]
WRITERS: dict[type, Write] = {
    LIF: _write_neurons,
    IF: _write_neurons,
    Synaptic: _write_neurons,
    LeakyIntegrator: _write_neurons,
    RecurrentLIF: _write_recurrent,
    keras.layers.Dense: _write_dense,
    keras.layers.Conv2D: _write_convolution,
    keras.layers.AveragePooling2D: _write_pool,
    keras.layers.GlobalAveragePooling2D: _write_global_pool,
    keras.layers.Flatten: _write_flatten,
    keras.layers.Add: _write_sum,
    keras.layers.Dropout: _write_nothing,
    keras.layers.BatchNormalization: _write_normalization,
    BatchNormalization: _write_normalization,
}
"""How a layer of each class is written; refinements of Keras's layers as their class."""
