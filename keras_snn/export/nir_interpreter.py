"""An interpreter of NIR graphs in NumPy, which knows nothing of the layers of this library.

Every time step takes one Euler step of length dt. A neuron fires where its membrane is greater than
the threshold, as the definition of NIR has it. Maps are (batch, channels, height, width) inside.
"""

import graphlib
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view


def interpret(graph: Any, x: np.ndarray, dt: float) -> np.ndarray:
    """Runs a graph over sequences.

    Args:
        graph: An `nir.NIRGraph` without cycles, of the nodes in `NODES`.
        x: (batch, time, features) or (batch, time, height, width, channels).
        dt: Seconds of a time step.

    Returns:
        The outputs of every time step, channels last.
    """
    entering = {name: {a for a, b in graph.edges if b == name} for name in graph.nodes}
    order = list(graphlib.TopologicalSorter(entering).static_order())
    states: dict[str, Any] = {}
    steps = []
    for t in range(x.shape[1]):
        values: dict[str, np.ndarray] = {}
        current = x[:, t].astype("float64")
        current = current.transpose(0, 3, 1, 2) if current.ndim == 4 else current
        for name in order:
            kind = type(graph.nodes[name]).__name__
            parts = [values[source] for source in sorted(entering[name])] or [current]
            given = np.sum(parts, axis=0)
            values[name] = NODES[kind](graph.nodes[name], given, states.setdefault(name, {}), dt)
        steps.append(values[order[-1]])
    outputs = np.stack(steps, axis=1)
    return outputs.transpose(0, 1, 3, 4, 2) if outputs.ndim == 5 else outputs


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
    "CubaLIF": _current_based,
}
