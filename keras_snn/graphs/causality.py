"""Which networks can be computed window by window, and their layers for a window's length."""

from typing import Any

import keras

from keras_snn.layers import FSTA, LIF, SMA, DirectCoding, LIFCell
from keras_snn.validation import require

MIXING = {
    SMA: "weighs the time steps of a whole sequence against each other",
    FSTA: "weighs the time steps of a whole sequence against each other",
    keras.layers.Bidirectional: "reads the sequence from its end too",
    keras.Model: "is a network inside the network, whose layers are not rebuilt",
}
"""What no window can be computed with, and why."""


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
    return _repetitions(model) is not None


def time_steps_of(model: keras.Model, inputs: Any) -> int | None:
    """How many time steps the network makes of `inputs`, None where it is free."""
    return _repetitions(model) or inputs.shape[1]


def _repetitions(model: keras.Model) -> int | None:
    codings = (layer for layer in model.layers if isinstance(layer, DirectCoding))
    return next((coding.time_steps for coding in codings), None)


def _require_causal_layer(layer: keras.layers.Layer) -> None:
    why = next((why for kind, why in MIXING.items() if isinstance(layer, kind)), None)
    if getattr(layer, "go_backwards", False):
        why = "reads the sequence from its end"
    cell = getattr(layer, "cell", None)
    if isinstance(cell, LIFCell) and cell.dynamics.rest != 0.0:
        why = "starts at a membrane that keras.layers.RNN does not go back to; use LIF"
    rule = f"have layers that need no time step but earlier ones; {layer.name!r} {why}"
    require(why is None, "model", rule, layer=type(layer).__name__)


def input_of_windows(model: keras.Model, batch_size: int | None, time_steps: int) -> Any:
    """A new input for windows of `time_steps`, in the structure that the model's has."""
    tensor = model.inputs[0]
    sizes = tensor.shape[1:] if shows_images(model) else (time_steps, *tensor.shape[2:])
    inputs = keras.Input(batch_shape=(batch_size, *sizes), dtype=tensor.dtype, name=tensor.name)
    listed = not isinstance(model, keras.Sequential) and isinstance(model.input, list)
    return [inputs] if listed else inputs


def resized(layer: Any, time_steps: int) -> Any:
    """The layer for another number of time steps."""
    if not isinstance(layer, keras.layers.Layer):
        return layer  # an operation, which has nothing of its own
    changes: dict[str, Any] = {}
    if isinstance(layer, DirectCoding):
        changes["time_steps"] = time_steps
    if isinstance(layer, (LIF, keras.layers.RNN)):
        changes["stateful"] = False
    return type(layer).from_config({**layer.get_config(), **changes})
