"""Networks as graphs of the Neuromorphic Intermediate Representation (NIR)."""

from pathlib import Path
from typing import Any, NamedTuple

import keras
import numpy as np

from keras_snn.export.nir_graph import GraphWriter, Pending, turned
from keras_snn.export.nir_interpreter import interpret
from keras_snn.export.nir_nodes import write_layer
from keras_snn.export.writing import draft_path
from keras_snn.extras import import_extra
from keras_snn.graphs.calls import calls, graph_of
from keras_snn.layers import TimeDistributed
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


def export_nir(model: keras.Model, path: Any, dt: float = 1e-4) -> Report:
    """Writes a network as an NIR graph, which other libraries and neuromorphic chips read.

    Convolutions, dense layers, average pools, `Flatten` and the neurons `IF` and `LIF` become nodes
    of the same name; `Synaptic` becomes a CubaLIF, `LeakyIntegrator` an LI, `RecurrentLIF` a cycle
    of LIF and Linear, `Add` edges that meet. Batch normalizations are folded into the layer before
    them; dropout, which does nothing at inference, has no node. The file is read again and run by
    an interpreter that knows NIR alone, and its largest difference from the network is printed.

    Args:
        model: A functional or sequential network with one input (batch, time, ...) and one output
            (batch, time, ...).
        path: The file to write, by custom with the suffix `.nir`.
        dt: Seconds of a time step, greater than 0; the time constants of NIR are in seconds.

    Returns:
        A `Report` with the path, the drift and the mean output of the run.

    Raises:
        ValueError: for what NIR cannot say, naming the layer: the soft reset, adaptive thresholds,
            max pooling, SMA, FSTA, means over time, attention of your own.
        ImportError: without the extra: `pip install "keras-snn[nir]"`.

    Example:
        >>> keras_snn.export.export_nir(model, "network.nir", dt=1e-3)

    Source: Pedersen et al., Nature Communications 15, 8122 (2024). Differs from the source: one
    Euler step per time step; neurons also fire where the membrane equals the threshold.
    """
    nir = import_extra("nir", "nir")
    dt = real("dt", dt, above=0.0)
    graph, order = _to_graph(model, dt)
    with draft_path(Path(path)) as path_of_draft:
        nir.write(path_of_draft, graph)
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


def _to_graph(model: keras.Model, dt: float) -> tuple[Any, np.ndarray | None]:
    """The graph of a network, and the order of the features of its output."""
    found = graph_of(model)
    good = found is not None and len(model.inputs) == 1 and len(model.outputs) == 1
    rule = "be functional or sequential, with one input and one output"
    require(good, "model", rule, model=model.name)
    shape = tuple(model.inputs[0].shape[2:])
    rule = "have an input (batch, time, features) or (batch, time, height, width, channels)"
    good = len(shape) in (1, 3) and None not in shape
    require(good, "model", rule, shape=tuple(model.inputs[0].shape))
    writer = GraphWriter(dt)
    first = writer.add("input", writer.nir.Input(np.array(turned(shape))), ())
    pending = {id(model.inputs[0]): Pending((first,), shape)}
    for call in calls(found):
        outer = call.operation
        layer = outer.layer if isinstance(outer, EACH_STEP) else outer
        inputs = [pending[id(tensor)] for tensor in call.arguments.keras_tensors]
        (output,) = call.output_tensors
        pending[id(output)] = write_layer(writer, layer, inputs, outer.name)
    end = pending[id(model.outputs[0])]
    writer.add("output", writer.nir.Output(np.array(turned(end.shape))), end.sources)
    return writer.graph(), end.order
