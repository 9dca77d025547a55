"""A stream as a function of its states, for formats that keep nothing between calls."""

from typing import Any

import keras
import numpy as np
from keras import ops

from keras_snn.layers import reset_states


class StatelessStream(keras.layers.Layer):
    """The layer takes the states of a stream before a window, and returns those after it too.

    States are differences from where they start, so that zeros are the start.

    Args:
        stream: A network whose layers keep states.
    """

    def __init__(self, stream: keras.Model, **kwargs: Any) -> None:
        super().__init__(autocast=False, **kwargs)
        self.stream = stream
        reset_states(stream)
        self.starts = [ops.convert_to_numpy(variable) for variable in states_of(stream)]

    def call(self, inputs: Any) -> Any:
        x, *states = inputs
        kept, others = states_of(self.stream), self.stream.non_trainable_variables
        before = dict(zip(map(id, kept), map(_plus, states, self.starts), strict=True))
        values = [before.get(id(variable), variable.value) for variable in others]
        weights = [variable.value for variable in self.stream.trainable_variables]
        outputs, values = self.stream.stateless_call(weights, values, x, training=False)
        after = dict(zip(map(id, others), values, strict=True))
        last = [_plus(after[id(v)], -start) for v, start in zip(kept, self.starts, strict=True)]
        return [*keras.tree.flatten(outputs), *last]

    def compute_output_spec(self, inputs: Any) -> Any:
        states = [keras.KerasTensor(x.shape, dtype=x.dtype) for x in inputs[1:]]
        outputs = keras.tree.flatten(self.stream.outputs)
        return [*(keras.KerasTensor(y.shape, dtype=y.dtype) for y in outputs), *states]


def _plus(state: Any, start: np.ndarray) -> Any:
    return state + start if np.any(start) else state


def states_of(stream: keras.Model) -> list[Any]:
    """The variables that the layers of a stream keep between calls."""
    layers = [layer for layer in stream._flatten_layers() if getattr(layer, "stateful", False)]
    return [state for layer in layers for state in keras.tree.flatten(layer.states)]


def with_explicit_states(stream: keras.Model) -> keras.Model:
    """Makes [window, *states] -> [*outputs, *states], with the layers of `stream`."""
    (window,) = stream.inputs
    inputs = [keras.Input(batch_shape=window.shape, dtype=window.dtype, name="x")]
    for number, state in enumerate(states_of(stream)):
        name = f"state{number}"
        inputs.append(keras.Input(batch_shape=state.shape, dtype=state.dtype, name=name))
    outputs = StatelessStream(stream, name="stateless_stream")(inputs)
    return keras.Model(inputs, outputs, name=stream.name)
