"""A network rebuilt for windows: the same layers and weights, states kept, time cut short."""

from typing import Any

import keras
from keras import ops

from keras_snn.checkpoints.loading import named_weights
from keras_snn.functional.masks import kept_steps
from keras_snn.functional.precision import mean, wide_dtype
from keras_snn.graphs.calls import graph_of
from keras_snn.graphs.causality import (
    input_of_windows,
    named,
    require_causal,
    takes_static_image,
    with_time_steps,
)
from keras_snn.graphs.operations import is_layer, mean_over_time, reduces_time
from keras_snn.graphs.window_proof import prove_windows
from keras_snn.layers import DirectCoding
from keras_snn.validation import require


class RunningMean(keras.layers.Layer):
    """Mean over all time steps since the reset, (batch, time, ...) -> (batch, ...).

    After a whole sequence it is what `keras_snn.layers.MeanOverTime` gives of it.

    Args:
        over_maps: If True, (batch, time, height, width, features) -> (batch, features) as
            `keras.layers.GlobalAveragePooling3D` gives.
    """

    stateful = True

    def __init__(self, over_maps: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.over_maps = over_maps

    def build(self, input_shape: Any) -> None:
        dtype = wide_dtype(self.compute_dtype)
        state = {"initializer": "zeros", "dtype": dtype, "trainable": False}
        shape = self.compute_output_shape(input_shape)
        self.total = self.add_weight(shape=shape, name="total", **state)
        self.steps = self.add_weight(shape=(shape[0], 1), name="steps", **state)

    @property
    def states(self) -> list[Any]:
        return [self.total, self.steps]

    def call(self, inputs: Any, mask: Any = None) -> Any:
        x = ops.cast(inputs, self.total.dtype)
        x = mean(x, axis=(2, 3)) if self.over_maps else x
        rank, counted = len(x.shape), kept_steps(x, mask)  # (batch, time)
        self.total.assign(self.total + ops.sum(x * _with_rank(counted, rank), axis=1))
        self.steps.assign(self.steps + ops.sum(counted, axis=1, keepdims=True))
        steps = _with_rank(ops.maximum(self.steps, 1), rank - 1)
        return ops.cast(self.total / steps, self.compute_dtype)

    def reset_state(self) -> None:
        for state in self.states:
            state.assign(ops.zeros_like(state))

    def compute_output_shape(self, input_shape: Any) -> Any:
        batch, _, *rest = input_shape
        return (batch, rest[-1]) if self.over_maps else (batch, *rest)


def _with_rank(x: Any, rank: int) -> Any:
    """Adds axes of size 1 behind those of x."""
    return ops.reshape(x, (*x.shape, *[1] * (rank - len(x.shape))))


def rebuild(model: keras.Model, batch_size: int, time_steps: int, *, stateful: bool) -> keras.Model:
    """The network for sequences of `time_steps`, with the weights of `model`.

    With `stateful`, what it keeps between calls makes windows one after the other equal to one
    sequence: membranes, states of RNNs, and running means in place of means over time. Networks
    inside the network become parts of its one graph.
    """
    require_causal(model)
    if stateful:
        prove_windows(model)
    return _Rebuilding(time_steps, stateful).network(model, batch_size)


class _Rebuilding:
    """Walks through the graph and makes every layer anew."""

    def __init__(self, time_steps: int, stateful: bool) -> None:
        self.time_steps, self.stateful = time_steps, stateful
        self.made: dict[int, tuple[Any, Any]] = {}  # layers and what they became
        self.timed: dict[int, Any] = {}  # tensors with a time axis

    def network(self, model: keras.Model, batch_size: int) -> keras.Model:
        inputs = input_of_windows(model, batch_size, self.time_steps)
        if not takes_static_image(model):
            self.timed = {id(x): x for x in keras.tree.flatten(inputs)}
        network = keras.Model(inputs, self._through(model, "", inputs), name=model.name)
        for layer, again in self.made.values():
            _copy_weights(layer, again)
        return network

    def _through(self, model: Any, prefix: str, *inputs: Any) -> Any:
        graph = graph_of(model)
        return graph._run_through_graph(inputs, operation_fn=lambda x: self._of(x, prefix))

    def _of(self, operation: Any, prefix: str) -> Any:
        name = f"{prefix}{operation.name}"
        if graph_of(operation) is not None:
            return lambda *args, **kwargs: self._through(operation, f"{name}_", *args)

        def call(*args: Any, **kwargs: Any) -> Any:
            timed = any(id(x) in self.timed for x in keras.tree.flatten((args, kwargs)))
            again = self._again(operation, name, timed)
            outputs = again(*args, **kwargs)
            if isinstance(operation, DirectCoding) or (timed and not _ends_time(again)):
                self.timed |= {id(y): y for y in keras.tree.flatten(outputs)}
            return outputs

        return call

    def _again(self, operation: Any, name: str, timed: bool) -> Any:
        if not self.stateful or not timed or not _takes_time_away(operation):
            return self._layer_again(operation, name)
        rule = f"take the time axis away by a mean over time alone; {operation.name!r} does not"
        require(_means_over_time(operation), "model", rule, **named(operation))
        over_maps = isinstance(operation, keras.layers.GlobalAveragePooling3D)
        dtype = getattr(operation, "dtype_policy", None)
        return RunningMean(over_maps, name=name, dtype=dtype)

    def _layer_again(self, operation: Any, name: str) -> Any:
        if not is_layer(operation):
            return operation  # which has nothing of its own
        if id(operation) not in self.made:
            again = with_time_steps(operation, self.time_steps, name, stateful=self.stateful)
            self.made[id(operation)] = operation, again
        return self.made[id(operation)][1]


def _copy_weights(layer: Any, again: Any) -> None:
    weights = named_weights(again)
    for path, value in named_weights(layer).items():
        weights[path].assign(value)


TAKE_TIME = (
    keras.layers.Flatten,
    keras.layers.GlobalAveragePooling1D,
    keras.layers.GlobalAveragePooling3D,
    keras.layers.GlobalMaxPooling1D,
    keras.layers.GlobalMaxPooling3D,
)


def _takes_time_away(operation: Any) -> bool:
    """Tells whether a layer or operation on (batch, time, ...) ends the sequence, RNNs aside."""
    if is_layer(operation):
        return isinstance(operation, TAKE_TIME)
    return reduces_time(operation)


def _means_over_time(operation: Any) -> bool:
    means = (keras.layers.GlobalAveragePooling1D, keras.layers.GlobalAveragePooling3D)
    if not isinstance(operation, means):
        return mean_over_time(operation)
    return operation.data_format == "channels_last" and not operation.keepdims


def _ends_time(layer: Any) -> bool:
    """Tells whether a rebuilt layer gives one output for the whole sequence."""
    if isinstance(layer, keras.layers.RNN):
        return not layer.return_sequences
    return isinstance(layer, RunningMean) or _takes_time_away(layer)
