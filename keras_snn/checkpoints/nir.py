"""Networks from graphs of the Neuromorphic Intermediate Representation (NIR)."""

import graphlib
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import keras
import numpy as np

from keras_snn.checkpoints.nir_neurons import KINDS, node_to_neuron
from keras_snn.checkpoints.nir_recurrent import fold_cycles, graph_to_recurrent
from keras_snn.extras import import_extra
from keras_snn.layers import TimeDistributed
from keras_snn.validation import real, require


class Signal(NamedTuple):
    """A tensor on its way through the network.

    Args:
        tensor: (batch, time, height, width, channels) or (batch, time, features).
        order: Place of each of NIR's features among ours, where a flattened map stands in another
            order; None where the orders agree.
    """

    tensor: Any
    order: np.ndarray | None = None


def from_nir(source: Any, *, time_steps: int | None = None, dt: float = 1e-4) -> keras.Model:
    """Builds the network of an NIR graph.

    Nodes become layers of the same name: Affine and Linear, Conv2d, AvgPool2d, SumPool2d, Flatten,
    Scale, IF, LIF, CubaLIF (`Synaptic`), LI and I (`LeakyIntegrator`). LIF neurons whose spikes
    return through a matrix become `RecurrentLIF`. Maps are (channels, height, width) in NIR and
    (height, width, channels) here; kernels, and the matrix after a flattened map, are brought into
    that order. Several edges into a node are summed.

    Args:
        source: A path to a file that `nir.write` wrote, or an `nir.NIRGraph`.
        time_steps: Number of time steps of the network's input; None leaves it free.
        dt: Seconds of a time step, greater than 0; time constants are divided by it.

    Returns:
        A functional model, (batch, time, ...) -> (batch, time, ...).

    Raises:
        ValueError: for a node that has no layer here, a cycle, or neurons of one node that differ.
        ImportError: without the extra: `pip install "keras-snn[nir]"`.

    Example:
        >>> model = keras_snn.checkpoints.from_nir("network.nir", dt=1e-4)

    Source: Pedersen et al., Nature Communications 15, 8122 (2024). Differs from the source: one
    Euler step per time step; neurons also fire where the membrane equals the threshold.
    """
    nir = import_extra("nir", "nir")
    dt = real("dt", dt, above=0.0)
    graph = source if isinstance(source, nir.NIRGraph) else nir.read(_existing(source))
    graph = fold_cycles(graph)
    nodes, entering = graph.nodes, _entering(graph)
    signals: dict[str, Signal] = {}
    for name in _sorted(entering):
        if isinstance(nodes[name], nir.Input):
            signals[name] = _input(nodes[name], name, time_steps)
        else:
            signals[name] = _apply(nodes[name], name, _sum(signals, entering[name], name), dt)
    ends = {
        kind: [n for n in nodes if isinstance(nodes[n], kind)] for kind in (nir.Input, nir.Output)
    }
    rule = "have one input and one output"
    require(all(len(names) == 1 for names in ends.values()), "source", rule, nodes=list(nodes))
    (first,), (last,) = ends.values()
    return keras.Model(signals[first].tensor, signals[last].tensor)


def _existing(source: Any) -> Path:
    path = Path(source)
    require(path.is_file(), "source", "be an existing file", source=str(source))
    return path


def _entering(graph: Any) -> dict[str, list[str]]:
    """The nodes whose outputs enter each node."""
    return {name: sorted({a for a, b in graph.edges if b == name}) for name in graph.nodes}


def _sorted(entering: dict[str, list[str]]) -> list[str]:
    try:
        return list(graphlib.TopologicalSorter(entering).static_order())
    except graphlib.CycleError as error:
        raise ValueError(
            f"`source` must have no cycle between its nodes. Received: cycle={error.args[1]}"
        ) from None


def _input(node: Any, name: str, time_steps: int | None) -> Signal:
    shape = tuple(int(size) for size in node.input_type["input"])
    sizes = (*shape[1:], shape[0]) if len(shape) == 3 else shape
    return Signal(keras.Input((time_steps, *sizes), name=name))


def _sum(signals: dict[str, Signal], names: list[str], name: str) -> Signal:
    require(len(names) > 0, "source", "have an edge into every node but the input", node=name)
    parts = [signals[each] for each in names]
    if len(parts) == 1:
        return parts[0]
    return Signal(keras.layers.Add(name=f"{name}_sum")([p.tensor for p in parts]), parts[0].order)


def _apply(node: Any, name: str, signal: Signal, dt: float) -> Signal:
    """The node's layers on the tensor."""
    kind = type(node).__name__
    if kind == "Output":
        return signal
    if kind in LAYERS:
        return LAYERS[kind](node, name, signal)
    if kind == "NIRGraph":
        return _recurrent(node, name, signal, dt)
    known = ", ".join([*KINDS, *LAYERS])
    require(kind in KINDS, "source", f"have nodes out of {known}", node=name, kind=kind)
    layer, factor = node_to_neuron(node, name, dt)
    return signal._replace(tensor=layer(_rescale(signal.tensor, factor, 0.0, name)))


def _recurrent(node: Any, name: str, signal: Signal, dt: float) -> Signal:
    order = np.arange(signal.tensor.shape[-1]) if signal.order is None else signal.order
    layer, factor, offset, kernel = graph_to_recurrent(node, order, name, dt)
    tensor = layer(_rescale(signal.tensor, factor, offset, name))
    layer.recurrent_kernel.assign(kernel)
    return signal._replace(tensor=tensor)


def _rescale(x: Any, factor: float, offset: Any, name: str) -> Any:
    """x * factor + offset, as a layer where that is another tensor."""
    if math.isclose(factor, 1.0, rel_tol=1e-6) and not np.any(offset):
        return x
    offset = np.asarray(offset).tolist()
    return keras.layers.Rescaling(factor, offset, name=f"{name}_scale")(x)


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
    """A map as features; NIR's stand in the order (channels, height, width)."""
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
"""The layers of a node by its kind."""


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
