"""Networks as graphs of the Neuromorphic Intermediate Representation (NIR)."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import keras
import numpy as np

from keras_snn.checkpoints.nir_neurons import neuron_to_node
from keras_snn.export.nir_interpreter import interpret
from keras_snn.extras import import_extra
from keras_snn.graphs.calls import calls, graph_of
from keras_snn.layers import IF, LIF, BatchNormalization, TimeDistributed
from keras_snn.validation import real, require

SAMPLES, STEPS = 4, 8
"""Random recordings, and their time steps where the input's are free, that a written graph has to
run through."""


EACH_STEP = (TimeDistributed, keras.layers.TimeDistributed)


class Report(NamedTuple):
    """What the interpreter found when it ran the written graph.

    Args:
        path: The file.
        drift: Largest difference between the outputs of the graph and of the network.
        rate: Mean absolute output, 0 where the network was silent and the comparison says nothing.
    """

    path: Path
    drift: float
    rate: float


class Pending(NamedTuple):
    """A tensor of the network as the graph knows it.

    Args:
        sources: Nodes whose outputs are summed.
        shape: Of the features in our order: (height, width, channels) or (features,).
        order: Place of each of NIR's features among ours after a flattened map, otherwise None.
    """

    sources: tuple[str, ...]
    shape: tuple[int, ...]
    order: np.ndarray | None = None


def export_nir(model: keras.Model, path: Any, dt: float = 1e-4) -> Report:
    """Writes a network as an NIR graph, which other libraries and neuromorphic chips read.

    Convolutions, dense layers, average pools, `Flatten`, `Add`, and the neurons `IF` and `LIF`
    become nodes of the same name; batch normalizations are folded into the layer before them;
    dropout, which does nothing at inference, has no node. The file is read again and run by an
    interpreter that knows NIR alone, and its largest difference from the network is printed.

    Args:
        model: A functional or sequential network with one input (batch, time, ...) and one output
            (batch, time, ...).
        path: The file to write, by custom with the suffix `.nir`.
        dt: Seconds of a time step, greater than 0; the time constants of NIR are in seconds.

    Returns:
        A `Report` with the path, the drift and the mean output of the run.

    Raises:
        ValueError: for what NIR cannot say, naming the layer: the soft reset, max pooling, SMA,
            FSTA, means over time, a learned attention of your own.
        ImportError: without the extra: `pip install "keras-snn[nir]"`.

    Example:
        >>> keras_snn.export.export_nir(model, "network.nir", dt=1e-3)

    Source: Pedersen et al., Nature Communications 15, 8122 (2024). Differs from the source: one
    Euler step per time step; neurons also fire where the membrane equals the threshold.
    """
    nir = import_extra("nir", "nir")
    dt = real("dt", dt, above=0.0)
    writer = _Writer(model, dt)
    graph, order = writer.graph()
    nir.write(Path(path), graph)
    return _verify(model, Path(path), order, dt)


def _verify(model: keras.Model, path: Path, order: np.ndarray | None, dt: float) -> Report:
    """Runs the graph of the file and the network on the same random currents."""
    graph = import_extra("nir", "nir").read(path)
    time_steps, *sizes = model.inputs[0].shape[1:]
    x = np.random.default_rng(0).uniform(0, 2, (SAMPLES, time_steps or STEPS, *sizes))
    wanted = model.predict(x.astype("float32"), verbose=0)
    found = interpret(graph, x.astype("float32"), dt)
    wanted = wanted if order is None else wanted[..., order]
    report = Report(path, float(np.abs(found - wanted).max()), float(np.abs(wanted).mean()))
    print(
        f"Wrote {path}: {len(graph.nodes)} nodes. Largest difference from the network over "
        f"{SAMPLES} random recordings: {report.drift:.3g} (mean output {report.rate:.3g})."
    )
    return report


class _Writer:
    """Walks through the network and collects the nodes and edges of its graph."""

    def __init__(self, model: keras.Model, dt: float) -> None:
        found = graph_of(model)
        good = found is not None and len(model.inputs) == 1 and len(model.outputs) == 1
        rule = "be functional or sequential, with one input and one output"
        require(good, "model", rule, model=model.name)
        self.nir, self.dt, self.calls = import_extra("nir", "nir"), dt, calls(found)
        self.model = model
        self.nodes: dict[str, Any] = {}
        self.edges: list[tuple[str, str]] = []
        self.pending: dict[int, Pending] = {}

    def graph(self) -> tuple[Any, np.ndarray | None]:
        """The graph, and the order of the features of its output."""
        shape = tuple(self.model.inputs[0].shape[2:])
        good = len(shape) in (1, 3) and None not in shape
        rule = "have an input (batch, time, features) or (batch, time, height, width, channels)"
        require(good, "model", rule, shape=tuple(self.model.inputs[0].shape))
        first = self._add("input", self.nir.Input(np.array(_turned(shape))), ())
        self.pending[id(self.model.inputs[0])] = Pending((first,), shape)
        for call in self.calls:
            self._call(call)
        end = self.pending[id(self.model.outputs[0])]
        self._add("output", self.nir.Output(np.array(_turned(end.shape))), end.sources)
        return self.nir.NIRGraph(self.nodes, self.edges, type_check=False), end.order

    def _add(self, name: str, node: Any, sources: tuple[str, ...]) -> str:
        self.nodes[name] = node
        self.edges += [(source, name) for source in sources]
        return name

    def _call(self, call: Any) -> None:
        outer = call.operation
        layer = outer.layer if isinstance(outer, EACH_STEP) else outer
        inputs = [self.pending[id(tensor)] for tensor in call.arguments.keras_tensors]
        write = WRITERS.get(type(layer)) or next(
            (write for kind, write in WRITERS.items() if _is_kind_of_keras(layer, kind)), None
        )
        names = ", ".join(dict.fromkeys(kind.__name__ for kind in WRITERS))
        rule = f"have layers that NIR can say: {names}"
        require(write is not None, "model", rule, layer=outer.name, type=type(layer).__name__)
        assert write is not None
        (output,) = call.output_tensors
        self.pending[id(output)] = write(self, layer, inputs, outer.name)


def _is_kind_of_keras(layer: Any, kind: type) -> bool:
    """Tells whether a layer refines one of Keras, and is no neuron with equations of its own."""
    return isinstance(layer, kind) and not isinstance(layer, LIF)


def _turned(shape: tuple[int, ...]) -> tuple[int, ...]:
    """(height, width, channels) -> (channels, height, width); vectors as they are."""
    return (shape[2], *shape[:2]) if len(shape) == 3 else shape


def _write_sum(writer: _Writer, layer: Any, inputs: list[Pending], name: str) -> Pending:
    sources = tuple(source for each in inputs for source in each.sources)
    rule = "add tensors that come from different nodes, as NIR sums edges"
    require(len(set(sources)) == len(sources), "model", rule, layer=name)
    return inputs[0]._replace(sources=sources)


def _write_nothing(writer: _Writer, layer: Any, inputs: list[Pending], name: str) -> Pending:
    return inputs[0]


def _write_dense(writer: _Writer, layer: Any, inputs: list[Pending], name: str) -> Pending:
    (given,) = inputs
    _require_linear(layer, name)
    kernel = keras.ops.convert_to_numpy(layer.kernel)  # (inputs, outputs)
    if given.order is not None:
        kernel = kernel[given.order]
    require(len(given.shape) == 1, "model", "flatten maps before a dense layer", layer=name)
    bias = _bias(layer, kernel.shape[1])
    writer._add(name, writer.nir.Affine(weight=kernel.T, bias=bias), given.sources)
    return Pending((name,), (kernel.shape[1],))


def _write_convolution(writer: _Writer, layer: Any, inputs: list[Pending], name: str) -> Pending:
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
    writer._add(name, node, given.sources)
    return Pending((name,), tuple(layer.compute_output_shape((None, *given.shape))[1:]))


def _padding(layer: Any, name: str) -> tuple[int, ...]:
    if layer.padding == "valid":
        return (0, 0)
    reach = [d * (k - 1) for d, k in zip(layer.dilation_rate, layer.kernel_size, strict=True)]
    rule = "have kernels of odd size, which pad both sides alike"
    require(all(r % 2 == 0 for r in reach), "model", rule, layer=name, kernel=layer.kernel_size)
    return tuple(r // 2 for r in reach)


def _write_pool(writer: _Writer, layer: Any, inputs: list[Pending], name: str) -> Pending:
    (given,) = inputs
    good = layer.padding == "valid" and layer.data_format == "channels_last"
    require(good, "model", 'pool with the padding "valid", channels last', layer=name)
    size, strides = np.array(layer.pool_size), np.array(layer.strides)
    node = writer.nir.AvgPool2d(kernel_size=size, stride=strides, padding=np.array([0, 0]))
    writer._add(name, node, given.sources)
    return Pending((name,), tuple(layer.compute_output_shape((None, *given.shape))[1:]))


def _write_global_pool(writer: _Writer, layer: Any, inputs: list[Pending], name: str) -> Pending:
    (given,) = inputs
    size = np.array(given.shape[:2])
    pool = writer.nir.AvgPool2d(kernel_size=size, stride=size, padding=np.array([0, 0]))
    writer._add(f"{name}_pool", pool, given.sources)
    flat = writer.nir.Flatten(np.array([given.shape[2], 1, 1]), start_dim=0)
    return Pending((writer._add(name, flat, (f"{name}_pool",)),), (given.shape[2],))


def _write_flatten(writer: _Writer, layer: Any, inputs: list[Pending], name: str) -> Pending:
    (given,) = inputs
    if len(given.shape) == 1:
        return given
    size = int(np.prod(given.shape))
    order = np.arange(size).reshape(given.shape).transpose(2, 0, 1).ravel()
    node = writer.nir.Flatten(np.array(_turned(given.shape)), start_dim=0)
    return Pending((writer._add(name, node, given.sources),), (size,), order)


def _write_neurons(writer: _Writer, layer: Any, inputs: list[Pending], name: str) -> Pending:
    (given,) = inputs
    node = neuron_to_node(layer, _turned(given.shape), writer.dt)
    return given._replace(sources=(writer._add(name, node, given.sources),))


def _write_normalization(writer: _Writer, layer: Any, inputs: list[Pending], name: str) -> Pending:
    """Scales the weights of the node before it."""
    (given,) = inputs
    node = writer.nodes[given.sources[0]]
    alone = [source for source, _ in writer.edges].count(given.sources[0]) == 0
    good = len(given.sources) == 1 and hasattr(node, "weight") and alone
    rule = "have batch normalizations right behind a convolution or a dense layer"
    require(good, "model", rule, layer=name)
    numpy = keras.ops.convert_to_numpy
    scale = 1.0 / np.sqrt(numpy(layer.moving_variance) + layer.epsilon)
    scale = scale if layer.gamma is None else scale * numpy(layer.gamma)
    shift = 0.0 if layer.beta is None else numpy(layer.beta)
    node.weight = node.weight * scale.reshape(-1, *[1] * (node.weight.ndim - 1))
    node.bias = (node.bias - numpy(layer.moving_mean)) * scale + shift
    return given


def _require_linear(layer: Any, name: str) -> None:
    linear = keras.activations.get(layer.activation) is keras.activations.linear
    require(linear, "model", "have no activations but neurons", layer=name)


def _bias(layer: Any, size: int) -> np.ndarray:
    return np.zeros(size) if layer.bias is None else keras.ops.convert_to_numpy(layer.bias)


Write = Callable[[_Writer, Any, list[Pending], str], Pending]
WRITERS: dict[type, Write] = {
    LIF: _write_neurons,
    IF: _write_neurons,
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
