"""A network as a function of a window and of the membranes at its start."""

from typing import Any

import keras

from keras_snn.graphs.calls import graph_of
from keras_snn.graphs.causality import input_of_windows, require_causal, with_time_steps
from keras_snn.graphs.window_proof import prove_windows
from keras_snn.layers import DirectCoding
from keras_snn.layers.sequences import NeuronSequence
from keras_snn.validation import require


class NeuronWithExplicitMembrane(keras.layers.Layer):
    """A neuron layer, shared, that takes its states before a window and returns those after it."""

    def __init__(self, neuron: NeuronSequence, **kwargs: Any) -> None:
        super().__init__(autocast=False, dtype=neuron.dtype_policy, **kwargs)
        self.neuron = neuron
        self.supports_masking = True

    def call(self, inputs: Any, states: list[Any], mask: Any = None) -> Any:
        outputs, last = self.neuron.run(inputs, list(states), mask)
        return outputs, *(last if isinstance(last, tuple) else (last,))

    def compute_mask(self, inputs: Any, previous_mask: Any) -> Any:
        mask = previous_mask[0] if isinstance(previous_mask, (list, tuple)) else previous_mask
        return mask, *(None for _ in self.neuron.STATES)

    def compute_output_spec(self, inputs: Any, states: list[Any], mask: Any = None) -> Any:
        outputs = keras.KerasTensor(inputs.shape, dtype=self.neuron.compute_dtype)
        return outputs, *(keras.KerasTensor(s.shape, dtype=s.dtype) for s in states)


def with_explicit_membranes(
    model: keras.Model, time_steps: int, batch_size: int | None = None
) -> tuple[keras.Model, list[float]]:
    """Makes [window, *membranes] -> [outputs, *membranes], with the layers of `model`.

    Also returns where each membrane starts.
    """
    require_causal(model)
    for layer in model._flatten_layers():
        _require_only_membranes(layer)
    prove_windows(model)
    return _Membranes(time_steps).network(model, batch_size)


class _Membranes:
    """Walks through the graph and makes every membrane an input and an output."""

    def __init__(self, time_steps: int) -> None:
        self.time_steps = time_steps
        self.before: list[Any] = []
        self.after: list[Any] = []
        self.rests: list[float] = []

    def network(
        self, model: keras.Model, batch_size: int | None
    ) -> tuple[keras.Model, list[float]]:
        window = input_of_windows(model, batch_size, self.time_steps)
        outputs = self._through(model, window)
        inputs = [*keras.tree.flatten(window), *self.before]
        return keras.Model(inputs, [*keras.tree.flatten(outputs), *self.after]), self.rests

    def _through(self, model: Any, inputs: Any) -> Any:
        return graph_of(model)._run_through_graph(inputs, operation_fn=self._of)

    def _of(self, operation: Any) -> Any:
        if graph_of(operation) is not None:
            return lambda *args, **kwargs: self._through(operation, args)
        if isinstance(operation, DirectCoding):
            return with_time_steps(operation, self.time_steps)
        if isinstance(operation, NeuronSequence):
            return lambda *args, **kwargs: self._fire(operation, *args, **kwargs)
        return operation

    def _fire(self, neuron: NeuronSequence, x: Any, **kwargs: Any) -> Any:
        first, shape = len(self.before), (x.shape[0], *x.shape[2:])
        for start in neuron.dynamics.starts:
            name = f"{neuron.name}_membrane{len(self.before)}"  # never an automatic name: a loaded
            dtype = neuron.membrane_dtype  # model's layers may have those already
            self.before.append(keras.Input(batch_shape=shape, dtype=dtype, name=name))
            self.rests.append(start)
        layer = NeuronWithExplicitMembrane(neuron, name=f"{neuron.name}_membrane{first}_neuron")
        outputs, *ends = layer(x, self.before[first:], **kwargs)
        self.after += ends
        return outputs


def _require_only_membranes(layer: Any) -> None:
    stateful = isinstance(layer, NeuronSequence) and (layer.stateful or layer.return_state)
    why = "is `stateful` or returns its state" if stateful else None
    why = "keeps a state of its own" if isinstance(layer, keras.layers.RNN) else why
    rule = f"keep no state but that of stateless neurons; {layer.name!r} {why}"
    require(why is None, "model", rule, layer=type(layer).__name__)
