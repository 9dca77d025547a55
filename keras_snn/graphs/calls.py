"""The graph of a functional or sequential model: the calls of its layers, in their order."""

from typing import Any

import keras


def graph_of(model: Any) -> Any:
    """The functional graph of a model, None where it has none (or is not built yet)."""
    graph = getattr(model, "_functional", None) or model  # that of a sequential model
    has_one = isinstance(graph, keras.Model) and hasattr(graph, "_nodes_by_depth")
    return graph if has_one else None


def calls(graph: Any) -> list[Any]:
    """The calls of a graph's layers and operations, each after those that it needs."""
    depths = sorted(graph._nodes_by_depth, reverse=True)
    return [node for depth in depths for node in graph._nodes_by_depth[depth] if not node.is_input]
