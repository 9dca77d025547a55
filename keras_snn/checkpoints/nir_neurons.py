"""Neurons as nodes of the Neuromorphic Intermediate Representation (NIR), and back.

NIR writes a neuron as a differential equation, tau dv/dt = (v_leak - v) + r I. One Euler step of
length dt is the charge of `LIF`:

    v + dt / tau * (v_leak - v + r I)        tau_nir = tau * dt
    r = 1 where the input is scaled by 1 / tau (`decay_input`), and tau otherwise

An integrate-and-fire neuron, dv/dt = r I, has r = 1 / dt. NIR fires where the membrane is greater
than the threshold, the layers here also where it is equal. NIR has the hard reset alone.
"""

import math
from typing import Any

import numpy as np

from keras_snn.extras import import_extra
from keras_snn.layers import IF, LIF
from keras_snn.validation import require

NEURONS = ("IF", "LIF")
"""Kinds of nodes that become neurons."""


def neuron_to_node(layer: LIF, shape: tuple[int, ...], dt: float) -> Any:
    """The NIR node of a layer of neurons.

    Args:
        layer: An `LIF` or `IF` layer with the hard reset.
        shape: Shape of its neurons in NIR's order, (channels, height, width) or (features,).
        dt: Seconds of a time step.

    Raises:
        ValueError: for the soft reset, which NIR cannot say.
    """
    nir = import_extra("nir", "nir")
    dynamics = layer.dynamics
    require(dynamics.v_reset is not None, "v_reset", SOFT_RESET, layer=layer.name, v_reset=None)
    rule = "be False, as NIR runs from the first step to the last"
    require(not layer.go_backwards, "go_backwards", rule, layer=layer.name, go_backwards=True)
    rule = 'be "layer", as an NIR node here has one tau'
    require(layer.tau_shape == "layer", "tau_shape", rule, layer=layer.name)
    constants = {
        "v_threshold": np.full(shape, dynamics.v_threshold),
        "v_reset": np.full(shape, dynamics.v_reset),
    }
    leak = float(layer.leak("float64"))
    if leak == 0.0:
        return nir.IF(r=np.full(shape, 1.0 / dt), **constants)
    return nir.LIF(
        tau=np.full(shape, dt / leak),
        r=np.full(shape, 1.0 if dynamics.decay_input else 1.0 / leak),
        v_leak=np.full(shape, dynamics.v_reset),
        **constants,
    )


SOFT_RESET = "be a number, as NIR cannot say the soft reset"


def node_to_neuron(node: Any, name: str, dt: float) -> tuple[LIF, float]:
    """The layer of an NIR node, and the factor by which its input is to be multiplied.

    Raises:
        ValueError: for constants that differ from neuron to neuron, or a leak towards another
            value than the reset.
    """
    v_reset = uniform(node, "v_reset", name)
    v_threshold = uniform(node, "v_threshold", name)
    constants: dict[str, Any] = {"v_threshold": v_threshold, "v_reset": v_reset, "name": name}
    r = uniform(node, "r", name)
    if not hasattr(node, "tau"):
        return IF(**constants), r * dt
    v_leak, tau = uniform(node, "v_leak", name), uniform(node, "tau", name) / dt
    agrees = math.isclose(v_leak, v_reset, abs_tol=1e-12)
    require(agrees, "v_leak", "equal `v_reset`", node=name, v_leak=v_leak, v_reset=v_reset)
    if math.isclose(r, tau, rel_tol=1e-6):
        return LIF(tau=tau, decay_input=False, **constants), 1.0
    return LIF(tau=tau, **constants), r


def uniform(node: Any, argument: str, name: str) -> float:
    """The one value of a constant of all neurons of a node."""
    values = np.unique(np.asarray(getattr(node, argument), "float64"))
    rule = "be the same for all neurons of a node"
    require(values.size == 1, argument, rule, node=name, values=values[:5].tolist())
    return float(values[0])
