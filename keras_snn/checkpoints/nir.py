"""Reads networks from graphs of the Neuromorphic Intermediate Representation (NIR)."""

import graphlib
from pathlib import Path
from typing import Any

import keras
import numpy as np

from keras_snn.checkpoints.nir_layers import LAYERS, Signal
from keras_snn.checkpoints.nir_neurons import KINDS, node_to_neuron
from keras_snn.checkpoints.nir_recurrent import fold_cycles, graph_to_recurrent
from keras_snn.extras import import_extra
from keras_snn.validation import real, require


def from_nir(source: Any, *, time_steps: int | None = None, dt: float = 1e-4) -> keras.Model:
    """Builds the network of an NIR graph.

    Nodes become layers of the same name: Affine and Linear, Conv2d, AvgPool2d, SumPool2d, Flatten,
    Scale, IF, LIF, CubaLIF (`Synaptic`), LI and I (`LeakyIntegrator`). LIF neurons whose spikes
    return through a matrix become `RecurrentLIF`. A tau that differs from channel to channel is
    a learned one here (`tau_shape="channel"`). Maps are (channels, height, width) in NIR and
    (height, width, channels) here; kernels, and the matrix after a flattened map, are reordered. If
    several edges enter a node, their tensors are added.

    Args:
        source: A path to a file that `nir.write` wrote, or an `nir.NIRGraph`.
        time_steps: Number of time steps of the network's input; None leaves it free.
        dt: Duration of a time step in seconds, greater than 0; time constants are divided by it.

    Returns:
        A functional model, (batch, time, ...) -> (batch, time, ...).

    Raises:
        ValueError: If a node has no layer here, if there is a cycle, or if the neurons of a node
            differ in another way than in tau and r per channel.
        ImportError: If the extra is not installed: `pip install "keras-snn[nir]"`.

    Example:
        >>> model = keras_snn.checkpoints.from_nir("network.nir", dt=1e-4)

    Source: Pedersen et al., Nature Communications 15, 8122 (2024). Differs from the source: each
    time step is one Euler step; neurons also fire if the membrane equals the threshold.
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
    """Returns the nodes whose outputs enter each node."""
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
    require(len(names) > 0, "source", "have an edge into every node except the input", node=name)
    parts = [signals[each] for each in names]
    if len(parts) == 1:
        return parts[0]
    return Signal(keras.layers.Add(name=f"{name}_sum")([p.tensor for p in parts]), parts[0].order)


def _apply(node: Any, name: str, signal: Signal, dt: float) -> Signal:
    """Applies the layers of a node to a tensor."""
    kind = type(node).__name__
    if kind == "Output":
        return signal
    if kind in LAYERS:
        return LAYERS[kind](node, name, signal)
    if kind == "NIRGraph":
        return _recurrent(node, name, signal, dt)
    known = ", ".join([*KINDS, *LAYERS])
    require(kind in KINDS, "source", f"have nodes out of {known}", node=name, kind=kind)
    neurons = node_to_neuron(node, name, dt, signal.order)
    x = _rescale(signal.tensor, neurons.factor, 0.0, name)
    return signal._replace(tensor=neurons.apply(x))


def _recurrent(node: Any, name: str, signal: Signal, dt: float) -> Signal:
    order = np.arange(signal.tensor.shape[-1]) if signal.order is None else signal.order
    neurons, offset, kernel = graph_to_recurrent(node, order, name, dt)
    tensor = neurons.apply(_rescale(signal.tensor, neurons.factor, offset, name))
    neurons.layer.recurrent_kernel.assign(kernel)
    return signal._replace(tensor=tensor)


def _rescale(x: Any, factor: Any, offset: Any, name: str) -> Any:
    """Returns x * factor + offset, through a layer unless this is x itself."""
    if np.allclose(factor, 1.0, rtol=1e-6, atol=0.0) and not np.any(offset):
        return x
    factor, offset = np.asarray(factor).tolist(), np.asarray(offset).tolist()
    return keras.layers.Rescaling(factor, offset, name=f"{name}_scale")(x)
