"""The nodes and edges of a graph of the Neuromorphic Intermediate Representation (NIR)."""

from typing import Any, NamedTuple

import numpy as np

from keras_snn.extras import import_extra


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


class GraphWriter:
    """Collects nodes and edges.

    Args:
        dt: Seconds of a time step.
    """

    def __init__(self, dt: float) -> None:
        self.nir, self.dt = import_extra("nir", "nir"), dt
        self.nodes: dict[str, Any] = {}
        self.edges: list[tuple[str, str]] = []

    def add(self, name: str, node: Any, sources: tuple[str, ...]) -> str:
        """Adds a node behind others, and returns its name."""
        self.nodes[name] = node
        self.edges += [(source, name) for source in sources]
        return name

    def graph(self) -> Any:
        """The graph."""
        return self.nir.NIRGraph(self.nodes, self.edges, type_check=False)


def turned(shape: tuple[int, ...]) -> tuple[int, ...]:
    """(height, width, channels) -> (channels, height, width); vectors as they are."""
    return (shape[2], *shape[:2]) if len(shape) == 3 else shape
