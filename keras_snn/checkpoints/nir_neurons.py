"""Turns neurons into nodes of the Neuromorphic Intermediate Representation (NIR), and back.

NIR writes a neuron as a differential equation, tau dv/dt = (v_leak - v) + r I. One Euler step of
length dt is the charge of a leaky neuron:

    v + dt / tau * (v_leak - v + r I)        tau_nir = tau * dt
    r = 1 if the input is scaled by 1 / tau (`decay_input`), and r = tau otherwise

A neuron without a leak, dv/dt = r I, has r = 1 / dt. The synaptic current of `CubaLIF`, tau_syn
dI/dt = w_in x - I, has w_in = tau_synapse. A neuron in NIR fires if its membrane is greater than
the threshold; here it also fires if the two are equal. NIR has only the hard reset.
"""

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import keras
import numpy as np

from keras_snn.extras import import_extra
from keras_snn.layers import IF, LIF, LeakyIntegrator, Synaptic
from keras_snn.layers.neuron import LeakyNeuron, Neuron
from keras_snn.validation import require

SOFT_RESET = "be a number, as NIR has no soft reset"


class Neurons(NamedTuple):
    """The neurons of an NIR node.

    Args:
        layer: The layer.
        factor: The number by which its input must be multiplied, or one per channel.
        tau: The tau of each channel in time steps where they differ, otherwise None.
    """

    layer: LeakyNeuron
    factor: Any = 1.0
    tau: np.ndarray | None = None

    def apply(self, x: Any) -> Any:
        """Applies the layer to its scaled input."""
        outputs = self.layer(x)
        if self.tau is not None:
            self.layer.leak_logit.assign(-np.log(self.tau - 1.0))
        return outputs


def neuron_to_node(
    layer: LeakyNeuron, shape: tuple[int, ...], dt: float, order: np.ndarray | None = None
) -> Any:
    """Returns the NIR node of an `IF`, `LIF`, `Synaptic` or `LeakyIntegrator` layer.

    Args:
        layer: The layer; its reset must be the hard one.
        shape: Shape of its neurons in NIR's order, (channels, height, width) or (features,).
        dt: Duration of a time step in seconds.
        order: For each of NIR's features, its position among ours; None if the orders agree.

    Raises:
        ValueError: If the layer has a soft reset, or a synaptic current without a leak, which NIR
            cannot express.
    """
    nir = import_extra("nir", "nir")
    rule = "be False, as NIR runs from the first step to the last"
    require(not layer.go_backwards, "go_backwards", rule, layer=layer.name, go_backwards=True)
    kind, constants = _constants(layer, dt)
    values = {name: _of_neurons(value, shape, order) for name, value in constants.items()}
    return getattr(nir, kind)(**values)


def _of_neurons(value: Any, shape: tuple[int, ...], order: np.ndarray | None) -> np.ndarray:
    """Repeats a constant, or that of each channel, over the neurons in NIR's order."""
    if np.ndim(value) == 1 and order is not None:
        value = value[order]
    return np.full(shape, np.reshape(value, (-1, *[1] * (len(shape) - 1))))


def _constants(layer: LeakyNeuron, dt: float) -> tuple[str, dict[str, Any]]:
    """Returns the kind of a layer's node, and its constants."""
    leak = layer.leak("float64")
    leak = leak if layer.leak_logit is None else keras.ops.convert_to_numpy(leak)
    leaks = bool(np.all(leak > 0.0))
    membrane: dict[str, Any] = {"r": 1.0 / dt}
    if leaks:
        r = 1.0 if layer.decay_input else 1.0 / leak
        membrane = {"tau": dt / leak, "r": r, "v_leak": getattr(layer, "v_reset", None) or 0.0}
    if not isinstance(layer, Neuron):
        return "LI" if leaks else "I", membrane
    require(layer.v_reset is not None, "v_reset", SOFT_RESET, layer=layer.name, v_reset=None)
    firing = {"v_threshold": layer.v_threshold, "v_reset": layer.v_reset}
    if not isinstance(layer, Synaptic):
        return "LIF" if leaks else "IF", {**membrane, **firing}
    require(leaks, "tau", "be finite, as NIR requires it", layer=layer.name, tau=layer.tau)
    membrane["tau_mem"] = membrane.pop("tau")
    synapse = {"tau_syn": dt * layer.tau_synapse, "w_in": layer.tau_synapse}
    return "CubaLIF", {**membrane, **firing, **synapse}


def node_to_neuron(node: Any, name: str, dt: float, order: np.ndarray | None = None) -> Neurons:
    """Returns the layer of an NIR node; it has the name of the node. `order` is as above.

    Raises:
        ValueError: If tau or r differ within a channel, other constants from neuron to neuron, or
            if the membrane leaks towards another value than the reset.
    """
    return KINDS[type(node).__name__](node, name, dt, order)


def _integrator(node: Any, name: str, dt: float, order: Any) -> Neurons:
    layer = LeakyIntegrator(tau=math.inf, decay_input=False, name=name)
    return Neurons(layer, per_channel(node, "r", name, order) * dt)


def _leaky_integrator(node: Any, name: str, dt: float, order: Any) -> Neurons:
    membrane = _membrane(node, name, dt, order)
    return Neurons(LeakyIntegrator(**membrane.arguments, name=name), *membrane[1:])


def _integrate_and_fire(node: Any, name: str, dt: float, order: Any) -> Neurons:
    return Neurons(IF(**_firing(node, name), name=name), per_channel(node, "r", name, order) * dt)


def _leaky_integrate_and_fire(node: Any, name: str, dt: float, order: Any) -> Neurons:
    firing = _firing(node, name)
    membrane = _membrane(node, name, dt, order, rest=firing["v_reset"])
    return Neurons(LIF(**membrane.arguments, **firing, name=name), *membrane[1:])


def _current_based(node: Any, name: str, dt: float, order: Any) -> Neurons:
    firing = _firing(node, name)
    membrane = _membrane(node, name, dt, order, rest=firing["v_reset"], tau="tau_mem")
    tau_synapse = uniform(node, "tau_syn", name) / dt
    layer = Synaptic(tau_synapse=tau_synapse, **membrane.arguments, **firing, name=name)
    factor = membrane.factor * uniform(node, "w_in", name) / tau_synapse
    return Neurons(layer, factor, membrane.tau)


KINDS: dict[str, Callable[[Any, str, float, Any], Neurons]] = {
    "IF": _integrate_and_fire,
    "LIF": _leaky_integrate_and_fire,
    "CubaLIF": _current_based,
    "LI": _leaky_integrator,
    "I": _integrator,
}
"""The function that makes the neurons of a node, by the kind of the node."""


def _firing(node: Any, name: str) -> dict[str, Any]:
    return {each: uniform(node, each, name) for each in ("v_threshold", "v_reset")}


class Membrane(NamedTuple):
    """The arguments of a leaky membrane; `factor` and `tau` as in `Neurons`."""

    arguments: dict[str, Any]
    factor: Any
    tau: np.ndarray | None


def _membrane(
    node: Any, name: str, dt: float, order: Any, rest: float = 0.0, tau: str = "tau"
) -> Membrane:
    v_leak = uniform(node, "v_leak", name)
    rule = "equal `v_reset`, or 0 if the node does not fire"
    agrees = math.isclose(v_leak, rest, abs_tol=1e-12)
    require(agrees, "v_leak", rule, node=name, v_leak=v_leak, v_reset=rest)
    r, steps = per_channel(node, "r", name, order), per_channel(node, tau, name, order) / dt
    undamped = np.allclose(r, steps, rtol=1e-6, atol=0.0)
    arguments = {"tau": float(np.mean(steps)), "decay_input": not undamped}
    factor = 1.0 if undamped else r
    if np.ndim(steps) == 0:
        return Membrane(arguments, factor, None)
    rule = "be greater than `dt` where it differs from channel to channel"
    require(
        bool((steps > 1.0).all()), tau, rule, node=name, smallest=float(np.min(steps)) * dt, dt=dt
    )
    return Membrane({**arguments, "learn_tau": True, "tau_shape": "channel"}, factor, steps)


def uniform(node: Any, argument: str, name: str) -> float:
    """Returns a constant that has the same value for all neurons of a node."""
    values = np.unique(np.asarray(getattr(node, argument), "float64"))
    rule = "be the same for all neurons of a node"
    require(values.size == 1, argument, rule, node=name, values=values[:5].tolist())
    return float(values[0])


def per_channel(node: Any, argument: str, name: str, order: np.ndarray | None) -> Any:
    """Returns a constant as a number if all neurons share it, otherwise one value per channel."""
    values = np.asarray(getattr(node, argument), "float64")
    if np.unique(values).size == 1:
        return float(values.flat[0])
    values = values.reshape(len(values), -1)
    rule = "be the same for all neurons of a channel"
    good = bool((values == values[:, :1]).all())
    require(good, argument, rule, node=name, values=np.unique(values)[:5].tolist())
    return values[:, 0] if order is None else values[np.argsort(order), 0]
