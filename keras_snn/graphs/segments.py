"""Where a network is cut into segments, so that training keeps the least.

With the segments computed anew one by one, what is kept are their inputs and the activations of
one segment at a time: the sum of the inputs and the largest segment.
"""

import math
from typing import Any, NamedTuple

import keras

from keras_snn.graphs.calls import calls, graph_of

LIMITS = 64
"""How many sizes of the largest segment are tried."""


class Piece(NamedTuple):
    """What stands between two neighbouring tensors through which everything passes.

    Args:
        inside: Elements of all activations of the piece, its output among them.
        output: The tensor at its end.
    """

    inside: int
    output: Any

    @property
    def edge(self) -> int:
        """Elements of the output."""
        return _elements(self.output)


def segments_of(model: keras.Model) -> list[keras.Model]:
    """Networks that, one after the other, are `model`; layers are shared."""
    pieces = _pieces(model)
    start, networks = model.inputs[0], []
    for segment in _best(pieces):
        end = segment[-1].output
        networks.append(keras.Model(start, end))
        start = end
    return networks


def _best(pieces: list[Piece]) -> list[list[Piece]]:
    """The pieces in groups, of all that were tried those that keep the least."""
    most = sum(piece.inside for piece in pieces)
    least = max(piece.inside for piece in pieces)
    limits = [least * (most / least) ** (i / LIMITS) for i in range(LIMITS + 1)]
    return min((_grouped(pieces, limit) for limit in limits), key=kept)


def _grouped(pieces: list[Piece], limit: float) -> list[list[Piece]]:
    """The pieces in as few groups as keep to the limit."""
    groups: list[list[Piece]] = [[]]
    for piece in pieces:
        if groups[-1] and _inside([*groups[-1], piece]) > limit:
            groups.append([])
        groups[-1].append(piece)
    return groups


def kept(groups: list[list[Piece]]) -> int:
    """Elements that training keeps at its peak."""
    return sum(group[-1].edge for group in groups[:-1]) + max(map(_inside, groups))


def _inside(group: list[Piece]) -> int:
    return sum(piece.inside for piece in group)


def _pieces(model: keras.Model) -> list[Piece]:
    """The graph in its order, cut wherever only one tensor is needed later."""
    nodes = calls(graph_of(model))
    last_use = {id(x): i for i, node in enumerate(nodes) for x in node.input_tensors}
    last_use[id(model.outputs[0])] = len(nodes)
    pieces, inside, alive = [], 0, {id(model.inputs[0])}
    for i, node in enumerate(nodes):
        inside += _activations(node)
        alive = {x for x in alive | {id(y) for y in node.outputs} if last_use.get(x, -1) > i}
        if len(alive) == 1 and id(node.outputs[0]) in alive:
            pieces.append(Piece(inside, node.outputs[0]))
            inside = 0
    return pieces


def _activations(node: Any) -> int:
    """Elements that the backward pass of a call needs, going by shapes."""
    if hasattr(node.operation, "kept_elements"):
        return node.operation.kept_elements(node.input_tensors[0].shape)
    return sum(map(_elements, node.outputs))


def _elements(x: Any) -> int:
    """Elements of a sample; an axis of unknown size counts once."""
    return math.prod(size or 1 for size in x.shape[1:])
