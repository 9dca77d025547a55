"""Recurrent neurons in the Neuromorphic Intermediate Representation (NIR).

They are a cycle of two nodes: the spikes of LIF neurons go through a matrix and enter the neurons
again. One Euler step brings them back one time step later. The two nodes are in the graph itself,
as written here and by snnTorch, or in a graph of their own inside a node.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import keras
import numpy as np

from keras_snn.checkpoints.nir_neurons import Neurons, neuron_to_node, node_to_neuron
from keras_snn.extras import import_extra
from keras_snn.layers import RecurrentLIF
from keras_snn.validation import require

EDGES = [("Input", "LIF"), ("LIF", "Linear"), ("LIF", "Output"), ("Linear", "LIF")]
INNER_EDGES = [("input", "lif"), ("lif", "w_rec"), ("w_rec", "lif"), ("lif", "output")]
CYCLES = (("LIF", "Linear"), ("LIF", "Affine"))
FORM = "hold only inner graphs of the form input -> LIF -> output with LIF -> Linear -> LIF"


class RecurrentNeurons(NamedTuple):
    """Recurrent neurons of an NIR graph.

    Args:
        neurons: The layer, not yet built, and its constants.
        offset: The bias of the recurrent matrix, which must be added to the scaled input.
        kernel: The recurrent kernel, (units, units).
    """

    neurons: Neurons
    offset: np.ndarray
    kernel: np.ndarray


def recurrent_to_nodes(layer: RecurrentLIF, order: np.ndarray, dt: float) -> tuple[Any, Any]:
    """Returns the neurons and the matrix of a `RecurrentLIF` layer as NIR nodes.

    Args:
        layer: The built layer, with the hard reset.
        order: For each of NIR's features, its position among ours.
        dt: Duration of a time step in seconds.
    """
    nir = import_extra("nir", "nir")
    kernel = keras.ops.convert_to_numpy(layer.recurrent_kernel)[np.ix_(order, order)]
    return neuron_to_node(layer, (layer.units,), dt, order), nir.Linear(weight=kernel.T)


def fold_cycles(graph: Any) -> Any:
    """Moves every cycle of LIF neurons and a matrix into an inner graph, one node of the result.

    Args:
        graph: An `nir.NIRGraph`.

    Returns:
        A graph without such cycles. The new node has the name of the neurons, without `.lif`.
    """
    nir = import_extra("nir", "nir")
    nodes, edges = dict(graph.nodes), set(graph.edges)
    for lif, matrix in _cycles(graph):
        name, size = lif.removesuffix(".lif"), np.array(nodes[lif].v_threshold.shape)
        inner = {"input": nir.Input(size), "output": nir.Output(size)}
        inner |= {"lif": nodes.pop(lif), "w_rec": nodes.pop(matrix)}
        nodes[name] = nir.NIRGraph(inner, INNER_EDGES, type_check=False)
        outside = {edge for edge in edges if matrix not in edge}
        edges = {tuple(name if end == lif else end for end in edge) for edge in outside}
    return nir.NIRGraph(nodes, sorted(edges), type_check=False)


def _cycles(graph: Any) -> Iterator[tuple[str, str]]:
    """Yields the names of LIF neurons and of a matrix that only connects them to themselves."""
    for lif, matrix in sorted(set(graph.edges)):
        kinds = type(graph.nodes[lif]).__name__, type(graph.nodes[matrix]).__name__
        touching = {edge for edge in graph.edges if matrix in edge}
        if kinds in CYCLES and touching == {(lif, matrix), (matrix, lif)}:
            yield lif, matrix


def graph_to_recurrent(graph: Any, order: np.ndarray, name: str, dt: float) -> RecurrentNeurons:
    """Returns the neurons of an inner graph that is such a cycle.

    Args:
        graph: The inner graph.
        order: For each of NIR's features, its position among ours.
        name: Name of the node, which the layer takes.
        dt: Duration of a time step in seconds.

    Raises:
        ValueError: If the graph has another form.
    """
    lif, matrix = _parts(graph, name)
    plain = node_to_neuron(lif, name, dt, order)
    weight = np.asarray(matrix.weight)  # (units, units), to and from
    bias = np.asarray(getattr(matrix, "bias", np.zeros(len(weight))))
    places = np.argsort(order)
    layer = RecurrentLIF(units=len(weight), **plain.layer.get_config())
    offset, kernel = bias[places], weight.T[np.ix_(places, places)]
    return RecurrentNeurons(
        plain._replace(layer=layer), plain.factor * offset, plain.factor * kernel
    )


def _parts(graph: Any, name: str) -> tuple[Any, Any]:
    """Returns the neurons and the matrix of a graph of this form."""
    kinds = {
        each: type(node).__name__.replace("Affine", "Linear") for each, node in graph.nodes.items()
    }
    edges = sorted((kinds[a], kinds[b]) for a, b in set(graph.edges))
    require(edges == EDGES, "source", FORM, node=name, edges=edges)
    parts = {kind: graph.nodes[each] for each, kind in kinds.items()}
    return parts["LIF"], parts["Linear"]
