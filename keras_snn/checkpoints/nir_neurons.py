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
        factor: The number by which its input must be multiplied.
    """

    layer: LeakyNeuron
    factor: float = 1.0


def neuron_to_node(layer: LeakyNeuron, shape: tuple[int, ...], dt: float) -> Any:
    """Returns the NIR node of an `IF`, `LIF`, `Synaptic` or `LeakyIntegrator` layer.

    Args:
        layer: The layer; its reset must be the hard one.
        shape: Shape of its neurons in NIR's order, (channels, height, width) or (features,).
        dt: Duration of a time step in seconds.

    Raises:
        ValueError: If the layer has a soft reset, one tau per channel, or a synaptic current
            without a leak, which NIR cannot express.
    """
    nir = import_extra("nir", "nir")
    rule = 'be "layer", as one tau is written to an NIR node'
    require(layer.tau_shape == "layer", "tau_shape", rule, layer=layer.name)
    rule = "be False, as NIR runs from the first step to the last"
    require(not layer.go_backwards, "go_backwards", rule, layer=layer.name, go_backwards=True)
    kind, constants = _constants(layer, dt)
    values = {name: np.full(shape, value) for name, value in constants.items()}
    return getattr(nir, kind)(**values)


def _constants(layer: LeakyNeuron, dt: float) -> tuple[str, dict[str, Any]]:
    """Returns the kind of a layer's node, and its constants."""
    leak = float(layer.leak("float64"))
    membrane: dict[str, Any] = {"r": 1.0 / dt}
    if leak > 0.0:
        r = 1.0 if layer.decay_input else 1.0 / leak
        membrane = {"tau": dt / leak, "r": r, "v_leak": getattr(layer, "v_reset", None) or 0.0}
    if not isinstance(layer, Neuron):
        return "LI" if leak else "I", membrane
    require(layer.v_reset is not None, "v_reset", SOFT_RESET, layer=layer.name, v_reset=None)
    firing = {"v_threshold": layer.v_threshold, "v_reset": layer.v_reset}
    if not isinstance(layer, Synaptic):
        return "LIF" if leak else "IF", {**membrane, **firing}
    require(leak > 0.0, "tau", "be finite, as NIR requires it", layer=layer.name, tau=layer.tau)
    membrane["tau_mem"] = membrane.pop("tau")
    synapse = {"tau_syn": dt * layer.tau_synapse, "w_in": layer.tau_synapse}
    return "CubaLIF", {**membrane, **firing, **synapse}


def node_to_neuron(node: Any, name: str, dt: float) -> Neurons:
    """Returns the layer of an NIR node; it has the name of the node.

    Raises:
        ValueError: If constants differ from neuron to neuron, or if the membrane leaks towards
            another value than the reset.
    """
    return KINDS[type(node).__name__](node, name, dt)


def _integrator(node: Any, name: str, dt: float) -> Neurons:
    layer = LeakyIntegrator(tau=math.inf, decay_input=False, name=name)
    return Neurons(layer, uniform(node, "r", name) * dt)


def _leaky_integrator(node: Any, name: str, dt: float) -> Neurons:
    membrane, factor = _membrane(node, name, dt, rest=0.0)
    return Neurons(LeakyIntegrator(**membrane, name=name), factor)


def _integrate_and_fire(node: Any, name: str, dt: float) -> Neurons:
    return Neurons(IF(**_firing(node, name), name=name), uniform(node, "r", name) * dt)


def _leaky_integrate_and_fire(node: Any, name: str, dt: float) -> Neurons:
    firing = _firing(node, name)
    membrane, factor = _membrane(node, name, dt, rest=firing["v_reset"])
    return Neurons(LIF(**membrane, **firing, name=name), factor)


def _current_based(node: Any, name: str, dt: float) -> Neurons:
    firing = _firing(node, name)
    membrane, factor = _membrane(node, name, dt, rest=firing["v_reset"], tau="tau_mem")
    tau_synapse = uniform(node, "tau_syn", name) / dt
    layer = Synaptic(tau_synapse=tau_synapse, **membrane, **firing, name=name)
    return Neurons(layer, factor * uniform(node, "w_in", name) / tau_synapse)


KINDS: dict[str, Callable[[Any, str, float], Neurons]] = {
    "IF": _integrate_and_fire,
    "LIF": _leaky_integrate_and_fire,
    "CubaLIF": _current_based,
    "LI": _leaky_integrator,
    "I": _integrator,
}
"""The function that makes the neurons of a node, by the kind of the node."""


def _firing(node: Any, name: str) -> dict[str, Any]:
    return {each: uniform(node, each, name) for each in ("v_threshold", "v_reset")}


def _membrane(
    node: Any, name: str, dt: float, rest: float, tau: str = "tau"
) -> tuple[dict[str, Any], float]:
    """Returns the arguments of a leaky membrane, and the factor of its input."""
    r, v_leak = uniform(node, "r", name), uniform(node, "v_leak", name)
    steps = uniform(node, tau, name) / dt
    agrees = math.isclose(v_leak, rest, abs_tol=1e-12)
    rule = "equal `v_reset`, or 0 if the node does not fire"
    require(agrees, "v_leak", rule, node=name, v_leak=v_leak, v_reset=rest)
    if math.isclose(r, steps, rel_tol=1e-6):
        return {"tau": steps, "decay_input": False}, 1.0
    return {"tau": steps, "decay_input": True}, r


def uniform(node: Any, argument: str, name: str) -> float:
    """Returns a constant that has the same value for all neurons of a node."""
    values = np.unique(np.asarray(getattr(node, argument), "float64"))
    rule = "be the same for all neurons of a node"
    require(values.size == 1, argument, rule, node=name, values=values[:5].tolist())
    return float(values[0])
