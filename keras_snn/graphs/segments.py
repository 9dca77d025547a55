"""Where a network is cut into segments, so that training keeps the least.

With the segments computed anew one by one, what is kept are their inputs and the activations of
one segment at a time: the sum of the inputs and the largest segment.
"""

import math
from typing import Any, NamedTuple

import keras

from keras_snn.graphs.calls import calls, graph_of
from keras_snn.validation import require

LIMITS = 64
"""How many sizes of the largest segment are tried."""


class Piece(NamedTuple):
    """What stands between two neighboring tensors through which everything passes.

    Args:
        inside: Elements of all activations of the piece, its output among them.
        output: The tensor at its end.
        masks: Boolean tensors that are needed behind it too.
        makes_masks: Whether one of these is made in the piece.
    """

    inside: int
    output: Any
    masks: tuple[Any, ...] = ()
    makes_masks: bool = False

    @property
    def edge(self) -> int:
        """Elements of the output."""
        return _elements(self.output)


class Segment(NamedTuple):
    """A network that is a part of another one, with which it shares its layers.

    Args:
        network: Takes a tensor, or a list of it and of boolean masks. It gives a tensor, or a list
            of it and of the masks for all later segments where it makes one of them.
        makes_masks: Whether it does.
        mask: Place among the masks of the one that belongs to the output, None where none does.
    """

    network: keras.Model
    makes_masks: bool
    mask: int | None


def segments_of(model: keras.Model) -> list[Segment]:
    """Networks that, one after the other, are `model`.

    Raises:
        ValueError: where cutting the model does not let training keep less.
    """
    start, known, segments = model.inputs[0], list[Any](), list[Segment]()
    for group in _best(_pieces(model)):
        end, inputs = group[-1].output, [start, *known]
        known = [*group[-1].masks] if group[-1].makes_masks else known
        outputs = [end, *known] if group[-1].makes_masks else end
        network = keras.Model(inputs if len(inputs) > 1 else start, outputs)
        segments.append(Segment(network, group[-1].makes_masks, _place(end, known)))
        start = end
    rule = "have inner tensors through which everything passes, so that cutting it saves memory"
    require(len(segments) > 1, "model", rule, model=model.name)
    return segments


def _place(tensor: Any, masks: list[Any]) -> int | None:
    """The place of a tensor's own mask."""
    own = getattr(tensor, "_keras_mask", None)
    return next((place for place, mask in enumerate(masks) if mask is own), None)


def kept_elements(model: keras.Model) -> int:
    """Elements per sample that training keeps for the backward pass of a functional model."""
    return sum(map(_activations, calls(graph_of(model))))


def _best(pieces: list[Piece]) -> list[list[Piece]]:
    """The pieces in groups, of all that were tried those that keep the least."""
    most = sum(piece.inside for piece in pieces)
    least = max(piece.inside for piece in pieces)
    limits = [least * (most / least) ** (i / LIMITS) for i in range(LIMITS + 1)]
    return min((_grouped(pieces, limit) for limit in limits), key=kept)


def _grouped(pieces: list[Piece], limit: float) -> list[list[Piece]]:
    """The pieces in as few groups as keep to the limit; what makes masks is a group of its own."""
    groups: list[list[Piece]] = [[]]
    for piece in pieces:
        before = groups[-1]
        alone = piece.makes_masks or (before and before[-1].makes_masks)
        if before and (alone or _inside([*before, piece]) > limit):
            groups.append([])
        groups[-1].append(piece)
    return groups


def kept(groups: list[list[Piece]]) -> int:
    """Elements that training keeps at its peak."""
    return sum(group[-1].edge for group in groups[:-1]) + max(map(_inside, groups))


def _inside(group: list[Piece]) -> int:
    return sum(piece.inside for piece in group)


def _pieces(model: keras.Model) -> list[Piece]:
    """The graph in its order, cut wherever one tensor and masks are all that is needed later."""
    nodes, output = calls(graph_of(model)), model.outputs[0]
    last_use = {id(x): i for i, node in enumerate(nodes) for x in node.input_tensors}
    last_use |= dict.fromkeys((id(output), id(getattr(output, "_keras_mask", None))), len(nodes))
    pieces: list[Piece] = []
    inside, alive = 0, {id(model.inputs[0]): model.inputs[0]}
    for i, node in enumerate(nodes):
        inside += _activations(node)
        alive |= {id(y): y for y in node.outputs}
        alive = {key: x for key, x in alive.items() if last_use.get(key, -1) > i}
        tensor, masks = _carried(list(alive.values()))
        if tensor is None or tensor is model.inputs[0]:
            continue
        if pieces and pieces[-1].output is tensor:  # only masks were made since
            inside += pieces.pop().inside
        known = pieces[-1].masks if pieces else ()
        masks = masks if i + 1 < len(nodes) else ()
        pieces.append(Piece(inside, tensor, masks, any(_is_new(m, known) for m in masks)))
        inside = 0
    return pieces


def _carried(alive: list[Any]) -> tuple[Any, tuple[Any, ...]]:
    """The only tensor that is no mask, None where there are several, and the masks."""
    masks = tuple(x for x in alive if _is_mask(x))
    others = [x for x in alive if not _is_mask(x)]
    return others[0] if len(others) == 1 else None, masks


def _is_mask(x: Any) -> bool:
    return keras.backend.standardize_dtype(x.dtype) == "bool"


def _is_new(mask: Any, known: tuple[Any, ...]) -> bool:
    return all(mask is not other for other in known)


def _activations(node: Any) -> int:
    """Elements that the backward pass of a call needs, going by shapes."""
    if hasattr(node.operation, "kept_elements"):
        return node.operation.kept_elements(node.input_tensors[0].shape)
    return sum(map(_elements, node.outputs))


def _elements(x: Any) -> int:
    """Elements of a sample; an axis of unknown size counts once."""
    return math.prod(size or 1 for size in x.shape[1:])
