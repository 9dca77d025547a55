"""A network rebuilt for windows: the same layers and weights, states kept, time cut short."""

from typing import Any

import keras
from keras import ops

from keras_snn.checkpoints.loading import named_weights
from keras_snn.layers import FSTA, LIF, SMA, DirectCoding, LIFCell
from keras_snn.validation import require

MIXING = {
    SMA: "weighs the time steps of a whole sequence against each other",
    FSTA: "weighs the time steps of a whole sequence against each other",
    keras.layers.Bidirectional: "reads the sequence from its end too",
    keras.Model: "is a network inside the network, whose layers are not rebuilt",
}
"""What no window can be computed with, and why."""


class RunningMean(keras.layers.Layer):
    """Mean over all time steps since the reset, (batch, time, features) -> (batch, features).

    After a whole sequence it is what `keras.layers.GlobalAveragePooling1D` gives of it.
    """

    stateful = True

    def build(self, input_shape):
        batch, _, features = input_shape
        dtype = keras.backend.result_type(self.compute_dtype, "float32")
        state = {"initializer": "zeros", "dtype": dtype, "trainable": False}
        self.total = self.add_weight(shape=(batch, features), name="total", **state)
        self.steps = self.add_weight(shape=(batch, 1), name="steps", **state)

    def call(self, inputs, mask=None):
        x = ops.cast(inputs, self.total.dtype)
        counted = ops.ones_like(x[..., 0]) if mask is None else ops.cast(mask, x.dtype)
        counted = counted[..., None]  # (batch, time, 1)
        self.total.assign(self.total + ops.sum(x * counted, axis=1))
        self.steps.assign(self.steps + ops.sum(counted, axis=1))
        return ops.cast(self.total / self.steps, self.compute_dtype)

    def reset_state(self):
        for state in (self.total, self.steps):
            state.assign(ops.zeros_like(state))

    def compute_output_shape(self, input_shape):
        return (input_shape[0], input_shape[2])


def rebuild(model: keras.Model, batch_size: int, time_steps: int, *, stateful: bool) -> keras.Model:
    """The network for sequences of `time_steps`, with the weights of `model`.

    With `stateful`, what it keeps between calls makes windows one after the other equal to one
    sequence: membranes, states of RNNs, and running means in place of means over time.
    """
    require_causal(model)
    inputs = _input(model, batch_size, time_steps)

    def again(layer: Any) -> Any:
        return _rebuilt(layer, time_steps) if stateful else _resized(layer, time_steps)

    clone = keras.models.clone_model(model, input_tensors=inputs, clone_function=again)
    weights = named_weights(clone)
    for path, value in named_weights(model).items():
        weights[path].assign(value)
    return clone


def require_causal(model: Any) -> None:
    """Raises for a model that cannot be computed window by window, with the layer and the why."""
    inputs = getattr(model, "inputs", None) or []
    rule = "be functional or sequential, with one input of fixed sizes but batch and time"
    good = len(inputs) == 1 and None not in inputs[0].shape[1 if shows_images(model) else 2 :]
    shapes = [tuple(tensor.shape) for tensor in inputs]
    require(good, "model", rule, model=model.name, inputs=shapes)
    for layer in model.layers:
        _require_causal_layer(layer)


def shows_images(model: keras.Model) -> bool:
    """Whether the network takes a static image, which it repeats itself."""
    return any(isinstance(layer, DirectCoding) for layer in model.layers)


def _require_causal_layer(layer: keras.layers.Layer) -> None:
    why = next((why for kind, why in MIXING.items() if isinstance(layer, kind)), None)
    if getattr(layer, "go_backwards", False):
        why = "reads the sequence from its end"
    cell = getattr(layer, "cell", None)
    if isinstance(cell, LIFCell) and cell.dynamics.rest != 0.0:
        why = "starts at a membrane that keras.layers.RNN does not go back to; use LIF"
    rule = f"have layers that need no time step but earlier ones; {layer.name!r} {why}"
    require(why is None, "model", rule, layer=type(layer).__name__)


def _input(model: keras.Model, batch_size: int, time_steps: int) -> Any:
    tensor = model.inputs[0]
    sizes = tensor.shape[1:] if shows_images(model) else (time_steps, *tensor.shape[2:])
    inputs = keras.Input(batch_shape=(batch_size, *sizes), dtype=tensor.dtype, name=tensor.name)
    listed = not isinstance(model, keras.Sequential) and isinstance(model.input, list)
    return [inputs] if listed else inputs


def _rebuilt(layer: Any, time_steps: int) -> Any:
    """The layer as it goes from window to window."""
    if isinstance(layer, keras.layers.GlobalAveragePooling1D):
        return RunningMean(name=layer.name, dtype=layer.dtype_policy)
    if isinstance(layer, (LIF, keras.layers.RNN)):
        return type(layer).from_config({**layer.get_config(), "stateful": True})
    return _resized(layer, time_steps)


def _resized(layer: Any, time_steps: int) -> Any:
    """The layer for another number of time steps."""
    if not isinstance(layer, keras.layers.Layer):
        return layer  # an operation, which has nothing of its own
    changes: dict[str, Any] = {}
    if isinstance(layer, DirectCoding):
        changes["time_steps"] = time_steps
    if isinstance(layer, (LIF, keras.layers.RNN)):
        changes["stateful"] = False
    return type(layer).from_config({**layer.get_config(), **changes})
