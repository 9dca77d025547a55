"""An interpreter of NIR graphs in NumPy, which knows nothing of the layers of this library.

Every time step takes one Euler step of length dt. A neuron fires where its membrane is greater than
the threshold, as the definition of NIR has it; spikes that return in a cycle arrive one step later.
Maps are (batch, channels, height, width) inside.
"""

import graphlib
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view


def interpret(graph: Any, x: np.ndarray, dt: float) -> np.ndarray:
    """Runs a graph over sequences.

    Args:
        graph: An `nir.NIRGraph` of the nodes in `NODES`. A cycle must lead through firing neurons.
        x: (batch, time, features) or (batch, time, height, width, channels).
        dt: Seconds of a time step.

    Returns:
        The outputs of every time step, channels last.
    """
    state: dict[str, Any] = {}
    steps = []
    for t in range(x.shape[1]):
        current = x[:, t].astype("float64")
        current = current.transpose(0, 3, 1, 2) if current.ndim == 4 else current
        steps.append(_graph(graph, current, state, dt))
    outputs = np.stack(steps, axis=1)
    return outputs.transpose(0, 1, 3, 4, 2) if outputs.ndim == 5 else outputs


def _graph(graph: Any, x: np.ndarray, state: dict, dt: float) -> np.ndarray:
    """One time step of a graph; spikes that return in a cycle are those of the step before."""
    nodes, before, states = graph.nodes, state.get("values", {}), state.setdefault("states", {})
    returning = {(a, b) for a, b in graph.edges if _fires(nodes[a]) and _leads(graph, b, a)}
    entering = {name: {a for a, b in graph.edges if b == name} for name in nodes}
    at_once = {name: {a for a in entering[name] if (a, name) not in returning} for name in nodes}
    values: dict[str, np.ndarray] = {}
    for name in graphlib.TopologicalSorter(at_once).static_order():
        node = nodes[name]
        parts = [
            values[a] if a in at_once[name] else before.get(a, _silence(nodes[a], x))
            for a in sorted(entering[name])
        ]
        given = np.sum(parts or [x], axis=0)
        values[name] = NODES[type(node).__name__](node, given, states.setdefault(name, {}), dt)
    state["values"] = values
    return next(values[name] for name, node in nodes.items() if type(node).__name__ == "Output")


def _silence(node: Any, x: np.ndarray) -> np.ndarray:
    """No spikes, before the first step."""
    return np.zeros((len(x), *node.v_threshold.shape))


def _fires(node: Any) -> bool:
    return hasattr(node, "v_threshold")


def _leads(graph: Any, start: str, end: str) -> bool:
    """Tells whether a path leads from a node to another."""
    reached, open_ends = set(), [start]
    while open_ends:
        name = open_ends.pop()
        if name not in reached:
            reached.add(name)
            open_ends += [b for a, b in graph.edges if a == name]
    return end in reached


def _same(node: Any, x: np.ndarray, state: dict, dt: float) -> np.ndarray:
    return x


def _affine(node: Any, x: np.ndarray, state: dict, dt: float) -> np.ndarray:
    return x @ np.asarray(node.weight).T + getattr(node, "bias", 0.0)


def _scale(node: Any, x: np.ndarray, state: dict, dt: float) -> np.ndarray:
    return x * np.asarray(node.scale)


def _flatten(node: Any, x: np.ndarray, state: dict, dt: float) -> np.ndarray:
    return x.reshape(len(x), -1)


def _windows(x: np.ndarray, size: Any, stride: Any, padding: Any, dilation: Any = 1) -> np.ndarray:
    """(batch, channels, rows, columns, height, width) of a padded map."""
    (p, q), (a, b), (d, e) = (np.broadcast_to(v, (2,)) for v in (padding, stride, dilation))
    reach = [int(f * (k - 1) + 1) for f, k in zip((d, e), size, strict=True)]
    x = np.pad(x, ((0, 0), (0, 0), (p, p), (q, q)))
    return sliding_window_view(x, reach, (2, 3))[:, :, ::a, ::b, ::d, ::e]


def _convolve(node: Any, x: np.ndarray, state: dict, dt: float) -> np.ndarray:
    weight = np.asarray(node.weight)
    windows = _windows(x, weight.shape[2:], node.stride, node.padding, node.dilation)
    groups = zip(np.split(windows, node.groups, 1), np.split(weight, node.groups), strict=True)
    parts = [np.einsum("bcijhw,ochw->boij", part, each) for part, each in groups]
    return np.concatenate(parts, axis=1) + np.asarray(node.bias)[:, None, None]


def _average(node: Any, x: np.ndarray, state: dict, dt: float) -> np.ndarray:
    return _windows(x, node.kernel_size, node.stride, node.padding).mean((4, 5))


def _total(node: Any, x: np.ndarray, state: dict, dt: float) -> np.ndarray:
    return _windows(x, node.kernel_size, node.stride, node.padding).sum((4, 5))


def _integrate_and_fire(node: Any, x: np.ndarray, state: dict, dt: float) -> np.ndarray:
    return _fire(node, state.get("v", np.zeros_like(x)) + dt * node.r * x, state)


def _leaky_integrate_and_fire(node: Any, x: np.ndarray, state: dict, dt: float) -> np.ndarray:
    return _fire(node, _leak(node, x, state, dt, node.tau), state)


def _leak(node: Any, x: np.ndarray, state: dict, dt: float, tau: Any) -> np.ndarray:
    v = state.get("v", np.broadcast_to(node.v_leak, x.shape).astype("float64"))
    state["v"] = v + dt / tau * (node.v_leak - v + node.r * x)
    return state["v"]


def _fire(node: Any, v: np.ndarray, state: dict) -> np.ndarray:
    fired = v > node.v_threshold
    state["v"] = np.where(fired, node.v_reset, v)
    return fired.astype("float64")


def _integrate_all(node: Any, x: np.ndarray, state: dict, dt: float) -> np.ndarray:
    state["v"] = state.get("v", np.zeros_like(x)) + dt * node.r * x
    return state["v"]


def _integrate(node: Any, x: np.ndarray, state: dict, dt: float) -> np.ndarray:
    return _leak(node, x, state, dt, node.tau)


def _current_based(node: Any, x: np.ndarray, state: dict, dt: float) -> np.ndarray:
    current = state.get("i", np.zeros_like(x))
    state["i"] = current + dt / node.tau_syn * (node.w_in * x - current)
    return _fire(node, _leak(node, state["i"], state, dt, node.tau_mem), state)


NODES: dict[str, Callable[[Any, np.ndarray, dict, float], np.ndarray]] = {
    "Input": _same,
    "Output": _same,
    "Affine": _affine,
    "Linear": _affine,
    "Scale": _scale,
    "Flatten": _flatten,
    "Conv2d": _convolve,
    "AvgPool2d": _average,
    "SumPool2d": _total,
    "IF": _integrate_and_fire,
    "LIF": _leaky_integrate_and_fire,
    "LI": _integrate,
    "I": _integrate_all,
    "CubaLIF": _current_based,
    "NIRGraph": _graph,
}
