"""A network rebuilt for windows: the same layers and weights, states kept, time cut short."""

from typing import Any

import keras
from keras import ops

from keras_snn.checkpoints.loading import named_weights
from keras_snn.graphs.causality import input_of_windows, require_causal, with_time_steps
from keras_snn.graphs.window_proof import prove_windows
from keras_snn.layers import LIF
from keras_snn.validation import require


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
    for layer in model.layers:
        rule = f"be one graph; {layer.name!r} is a network inside the network"
        require(not isinstance(layer, keras.Model), "model", rule, layer=type(layer).__name__)
    if stateful:
        prove_windows(model)
    inputs = input_of_windows(model, batch_size, time_steps)

    def again(layer: Any) -> Any:
        return _rebuilt(layer, time_steps) if stateful else with_time_steps(layer, time_steps)

    clone = keras.models.clone_model(model, input_tensors=inputs, clone_function=again)
    weights = named_weights(clone)
    for path, value in named_weights(model).items():
        weights[path].assign(value)
    return clone


def _rebuilt(layer: Any, time_steps: int) -> Any:
    """The layer as it goes from window to window."""
    if isinstance(layer, keras.layers.GlobalAveragePooling1D):
        return RunningMean(name=layer.name, dtype=layer.dtype_policy)
    if isinstance(layer, (LIF, keras.layers.RNN)):
        return type(layer).from_config({**layer.get_config(), "stateful": True})
    return with_time_steps(layer, time_steps)
