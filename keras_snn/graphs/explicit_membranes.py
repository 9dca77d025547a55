"""A network as a function of a window and of the membranes at its start."""

import functools
from typing import Any

import keras

from keras_snn.graphs.calls import graph_of
from keras_snn.graphs.causality import input_of_windows, require_causal, resized
from keras_snn.layers import LIF, DirectCoding
from keras_snn.validation import require


class Carrying(keras.layers.Layer):
    """A neuron layer, shared, that takes the membrane before a window and returns that after it."""

    def __init__(self, neuron, **kwargs):
        super().__init__(autocast=False, dtype=neuron.dtype_policy, **kwargs)
        self.neuron = neuron
        self.supports_masking = True

    def call(self, inputs, membrane, mask=None):
        return self.neuron.run(inputs, membrane, mask)

    def compute_output_spec(self, inputs, membrane, mask=None):
        spikes = keras.KerasTensor(inputs.shape, dtype=self.neuron.compute_dtype)
        return spikes, keras.KerasTensor(membrane.shape, dtype=membrane.dtype)


def carrying(model: keras.Model, time_steps: int) -> tuple[keras.Model, list[float]]:
    """[window, *membranes] -> [outputs, *membranes], with the layers and weights of `model`.

    Also returns where each membrane starts.
    """
    require_causal(model)
    for layer in model.layers:
        _require_only_membranes(layer)
    before: list[Any] = []
    after: list[Any] = []
    rests: list[float] = []

    def again(layer: Any, *args: Any, **kwargs: Any) -> Any:
        if not isinstance(layer, LIF):
            return layer(*args, **kwargs)
        x = args[0]
        dtype = layer.membrane_dtype
        before.append(keras.Input(batch_shape=(x.shape[0], *x.shape[2:]), dtype=dtype))
        spikes, end = Carrying(layer, name=f"{layer.name}_carrying")(x, before[-1], **kwargs)
        after.append(end)
        rests.append(layer.dynamics.rest)
        return spikes

    def of_window(layer: Any) -> Any:
        fitting = resized(layer, time_steps) if isinstance(layer, DirectCoding) else layer
        return functools.partial(again, fitting)

    window = input_of_windows(model, None, time_steps)
    outputs = graph_of(model)._run_through_graph(window, operation_fn=of_window)
    inputs = [*keras.tree.flatten(window), *before]
    return keras.Model(inputs, [*keras.tree.flatten(outputs), *after]), rests


def _require_only_membranes(layer: Any) -> None:
    stateful = isinstance(layer, LIF) and (layer.stateful or layer.return_state)
    why = "is `stateful` or returns its state" if stateful else None
    why = "keeps a state of its own" if isinstance(layer, keras.layers.RNN) else why
    rule = f"keep no state but that of stateless LIF and IF layers; {layer.name!r} {why}"
    require(why is None, "model", rule, layer=type(layer).__name__)
