"""Networks that can be computed window by window, and their layers for a window's length."""

from typing import Any

import keras

from keras_snn.graphs.calls import calls, graph_of
from keras_snn.graphs.operations import acts_per_step, is_layer
from keras_snn.layers import DirectCoding, LatencyCoding, LIFCell, PoissonCoding
from keras_snn.layers.protocol import is_causal
from keras_snn.layers.sequences import NeuronSequence
from keras_snn.validation import require

RULE = "compute every time step from it and earlier ones"


def require_causal(model: Any) -> None:
    """Raises for a model that cannot be computed window by window, with the layer and the why.

    Every call of a layer and of an operation must be known to need no later time step: a layer by
    `keras_snn.layers.protocol.is_causal`, an operation by `operations.acts_per_step`.
    """
    inputs = getattr(model, "inputs", None) or []
    rule = "be functional or sequential, with one input of fixed sizes but batch and time"
    sizes = [tensor.shape[1 if takes_static_image(model) else 2 :] for tensor in inputs]
    good = graph_of(model) is not None and len(inputs) == 1 and None not in sizes[0]
    shapes = [tuple(tensor.shape) for tensor in inputs]
    require(good, "model", rule, model=getattr(model, "name", model), inputs=shapes)
    for node in calls(graph_of(model)):
        _require_causal_call(node)


def takes_static_image(model: keras.Model) -> bool:
    """Tells whether the network takes a static image, which it repeats itself."""
    return _repetitions(model) is not None


def time_steps_of(model: keras.Model, inputs: Any) -> int | None:
    """Returns how many time steps the network makes of `inputs`, None where it is free."""
    return _repetitions(model) or inputs.shape[1]


def _repetitions(model: keras.Model) -> int | None:
    codings = (layer for layer in model._flatten_layers() if isinstance(layer, DirectCoding))
    return next((coding.time_steps for coding in codings), None)


def _require_causal_call(node: Any) -> None:
    operation = node.operation
    inner = graph_of(operation)
    if inner is not None:
        for call in calls(inner):
            _require_causal_call(call)
        return
    why = _reason(operation) if is_layer(operation) else None
    if why is None and not (is_causal(operation) if is_layer(operation) else acts_per_step(node)):
        why = "is not known to do so"
    require(why is None, "model", f"{RULE}; {operation.name!r} {why}", **named(operation))


def named(operation: Any) -> dict[str, str]:
    """The class of a layer or operation, as what was received."""
    kind = "layer" if is_layer(operation) else "operation"
    return {kind: type(operation).__name__}


def _reason(layer: Any) -> str | None:
    """A sentence about a layer that is refused for more than `is_causal` tells."""
    if isinstance(layer, keras.layers.Bidirectional) or getattr(layer, "go_backwards", False):
        return "reads the sequence from its end"
    if isinstance(layer, (LatencyCoding, PoissonCoding)):
        return "makes all time steps of a static input at once"
    cell = getattr(layer, "cell", None)
    if isinstance(cell, LIFCell) and cell.dynamics.rest != 0.0:
        return "starts at a membrane that keras.layers.RNN does not go back to; use LIF"
    if getattr(layer, "padding", None) == "causal" and layer.kernel_size != (1,):
        return "needs earlier inputs, which are not kept between windows"
    return None


def input_of_windows(model: keras.Model, batch_size: int | None, time_steps: int) -> Any:
    """Makes a new input for windows of `time_steps`, in the structure that the model's has."""
    tensor = model.inputs[0]
    sizes = tensor.shape[1:] if takes_static_image(model) else (time_steps, *tensor.shape[2:])
    inputs = keras.Input(batch_shape=(batch_size, *sizes), dtype=tensor.dtype, name=tensor.name)
    if isinstance(model, keras.Sequential):
        return inputs
    return keras.tree.pack_sequence_as(model.input, [inputs])


def with_time_steps(
    layer: Any, time_steps: int, name: str | None = None, *, stateful: bool = False
) -> Any:
    """Makes the layer anew for another number of time steps, with or without kept states."""
    changes: dict[str, Any] = {"name": name or layer.name}
    if isinstance(layer, DirectCoding):
        changes["time_steps"] = time_steps
    if isinstance(layer, (NeuronSequence, keras.layers.RNN)):
        changes["stateful"] = stateful
    return type(layer).from_config({**layer.get_config(), **changes})
