"""Records the membrane potentials of neurons over time."""

from collections.abc import Iterable
from typing import Any, NamedTuple

import keras
import numpy as np
from keras import ops

from keras_snn.analysis.calls import Batch, Call
from keras_snn.analysis.recording import observe
from keras_snn.analysis.walking import spiking_layers
from keras_snn.functional.dynamics import at_start, take_step
from keras_snn.functional.recurrence import keep
from keras_snn.layers.lif import LIF
from keras_snn.validation import require


class MembraneTraces(NamedTuple):
    """Membrane potentials of a layer for one batch; arrays are (batch, time, ...).

    Args:
        charged: h[t], before the reset. A neuron fires if this is at least the threshold.
        membrane: v[t], after the reset.
        spikes: s[t].
        threshold: The firing threshold.
    """

    charged: np.ndarray
    membrane: np.ndarray
    spikes: np.ndarray
    threshold: float


class Membranes:
    """An observer that keeps the membrane potentials of the last call of LIF layers."""

    def __init__(self, layers: list[str] | None = None) -> None:
        self.layers = layers
        self.traces: dict[str, MembraneTraces] = {}

    def watched(self, model: Any) -> dict[str, Any]:
        found = {p: layer for p, layer in spiking_layers(model).items() if isinstance(layer, LIF)}
        require(bool(found), "model", "have at least one LIF layer", model=model.name)
        stateful = [path for path, layer in found.items() if layer.stateful]
        require(not stateful, "model", "have no stateful neurons", stateful=stateful)
        unknown = [path for path in self.layers or () if path not in found]
        rule = f"be paths of LIF layers, of {', '.join(found)}"
        require(not unknown, "layers", rule, layers=self.layers)
        return {path: found[path] for path in self.layers or found}

    def observe(self, call: Call) -> None:
        self.traces[call.path] = traces(call)

    def end_batch(self, batch: Batch) -> None:
        pass


def traces(call: Call) -> MembraneTraces:
    """Repeats a call of a LIF layer step by step."""
    layer, dtype = call.layer, call.layer.membrane_dtype
    parameters, dynamics = layer.parameters(dtype), layer.dynamics
    x = ops.cast(call.inputs, dtype)
    state = layer.start(x, call.arguments.get("initial_state"))
    state = at_start(x, dynamics) if state is None else state
    charged, after = [], []
    for t in _order(layer, x.shape[1]):
        step, valid = take_step(x[:, t], state, parameters, dynamics), _mask(call, t)
        state = step.after if valid is None else keep(valid, step.after, state)
        charged.append(ops.convert_to_numpy(step.charged[0]))
        after.append(ops.convert_to_numpy(state[0]))
    spikes = ops.convert_to_numpy(ops.cast(call.outputs, dtype))
    return MembraneTraces(np.stack(charged, 1), np.stack(after, 1), spikes, layer.v_threshold)


def _order(layer: Any, steps: int) -> Iterable[int]:
    return reversed(range(steps)) if layer.go_backwards else range(steps)


def _mask(call: Call, t: int) -> Any:
    """Returns the mask of a time step (batch, 1, ...), or None."""
    mask = call.arguments.get("mask")
    if mask is None:
        return None
    ones = [1] * (len(call.inputs.shape) - 2)
    return ops.reshape(ops.cast(mask[:, t], call.layer.membrane_dtype), (-1, *ones))


def membrane_traces(
    model: keras.Model, x: Any, layers: list[str] | None = None
) -> dict[str, MembraneTraces]:
    """Records the membrane potentials of LIF layers at every time step, in inference mode.

    Args:
        model: A Keras model with `LIF` or `IF` layers, none of them stateful.
        x: One batch of inputs, as the model takes it.
        layers: Paths of the layers to record, as `spiking_layers` names them. Default: all of them.

    Returns:
        A mapping from the path of each layer to its `MembraneTraces`.

    Raises:
        ValueError: If the model has no LIF layer or a stateful one, or a path is unknown.

    Example:
        >>> model = keras_snn.applications.VGG8(input_shape=(4, 32, 32, 2))
        >>> x = np.ones((1, 4, 32, 32, 2))
        >>> traces = keras_snn.analysis.membrane_traces(model, x, ["block1_lif"])
        >>> traces["block1_lif"].charged.shape
        (1, 4, 32, 32, 64)
    """
    membranes = Membranes(layers)
    observe(model, [(x, None)], membranes)
    return membranes.traces
