"""Membranes of neurons over time."""

from typing import Any, NamedTuple

import keras
import numpy as np
from keras import ops

from keras_snn.analysis.recording import Batch, Call, observe, spiking_layers
from keras_snn.functional import recurrence
from keras_snn.layers.lif import LIF
from keras_snn.validation import require


class MembraneTraces(NamedTuple):
    """Membranes of a layer for one batch, arrays (batch, time, ...).

    Args:
        charged: h[t], before the reset; a neuron fires where it is at least the threshold.
        membrane: v[t], after the reset.
        spikes: s[t].
        threshold: The firing threshold.
    """

    charged: np.ndarray
    membrane: np.ndarray
    spikes: np.ndarray
    threshold: float


class Membranes:
    """An observer of LIF layers that keeps the membranes of their last call."""

    def __init__(self, layers: list[str] | None = None):
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
    v = call.arguments.get("initial_state")
    x = ops.cast(call.inputs, dtype)
    v = recurrence.at_start(x, layer.dynamics)[0] if v is None else ops.cast(v, dtype)
    charged, after = [], []
    for t in range(x.shape[1]):
        step = recurrence.advance(x[:, t], (v,), (layer.leak(dtype),), layer.dynamics)
        (h,), (valid,) = step.charged, _mask_of_step(call, t) or (None,)
        v = step.after[0] if valid is None else ops.where(valid > 0, step.after[0], v)
        charged.append(ops.convert_to_numpy(h))
        after.append(ops.convert_to_numpy(v))
    spikes = ops.convert_to_numpy(ops.cast(call.outputs, dtype))
    return MembraneTraces(np.stack(charged, 1), np.stack(after, 1), spikes, layer.v_threshold)


def _mask_of_step(call: Call, t: int) -> tuple[Any, ...]:
    """The mask of a time step (batch, 1, ...), or nothing."""
    mask = call.arguments.get("mask")
    if mask is None:
        return ()
    ones = [1] * (len(call.inputs.shape) - 2)
    return (ops.reshape(ops.cast(mask[:, t], call.layer.membrane_dtype), (-1, *ones)),)


def membrane_traces(
    model: keras.Model, x: Any, layers: list[str] | None = None
) -> dict[str, MembraneTraces]:
    """Records the membranes of LIF layers at every time step for one batch, in inference.

    Args:
        model: A Keras model with `LIF` or `IF` layers, none of them stateful.
        x: One batch of inputs, as the model takes it.
        layers: Paths of the layers to record, as of `spiking_layers`. Default: all of them.

    Returns:
        Paths of the layers to `MembraneTraces`.

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
