"""Neurons over whole sequences: states that are kept, given and returned, and masks."""

from typing import Any, ClassVar

import keras
from keras import ops

from keras_snn import backends
from keras_snn.functional.precision import wide_dtype
from keras_snn.layers.initializers import constant
from keras_snn.layers.shapes import require_sequence, require_shape
from keras_snn.validation import flag, require


class NeuronSequence(keras.layers.Layer):
    """Mixin of neurons that take (batch, time, ...) and keep one or several states.

    A subclass names its states, gives its `dynamics` and, in `parameters`, what these read. `run`
    takes and returns states and does not touch the kept ones, so that a stream or truncated
    backpropagation can continue from them. With `stateful=True`, a layer that is called in two
    places of a network has one state for both, which goes on in the order in which Keras runs them:
    of two parallel branches the later first. Its members `go_backwards` and `return_sequences` are
    those that `keras.layers.Bidirectional` asks for.
    """

    STATES: ClassVar[tuple[str, ...]] = ("membrane",)
    return_sequences = True

    def __init__(
        self, *, stateful: bool, return_state: bool, go_backwards: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.go_backwards = flag("go_backwards", go_backwards)
        self.stateful = flag("stateful", stateful)
        self.return_state = flag("return_state", return_state)
        self.supports_masking = True
        for name in self.STATES:
            setattr(self, name, None)

    def build(self, input_shape: Any) -> None:
        require_sequence(input_shape)
        self.add_leak(input_shape[-1])
        if self.stateful:
            self._add_states(input_shape)

    def parameters(self, dtype: Any) -> tuple:
        """Returns what the dynamics read, as floats or tensors of `dtype`."""
        return (self.leak(dtype),)

    def _add_states(self, input_shape: Any) -> None:
        shape = (input_shape[0], *input_shape[2:])
        require(
            None not in shape,
            "stateful",
            "be False where the batch size or another axis but time is None",
            stateful=True,
            input_shape=tuple(input_shape),
        )
        for name, start in zip(self.STATES, self.dynamics.starts, strict=True):
            weight = self.add_weight(
                shape=shape,
                initializer=constant(start),
                dtype=self.membrane_dtype,
                trainable=False,
                name=name,
            )
            setattr(self, name, weight)

    @property
    def membrane_dtype(self) -> str:
        """The dtype of the states: float32 or better."""
        return wide_dtype(self.compute_dtype)

    @property
    def states(self) -> list[Any]:
        """The variables of the states that are kept; empty unless `stateful` and built."""
        kept = (getattr(self, name) for name in self.STATES)
        return [variable for variable in kept if variable is not None]

    def reset_state(self) -> None:
        """Resets the kept states to their start; does nothing unless `stateful` and built."""
        for name, start in zip(self.STATES, self.dynamics.starts, strict=True):
            weight = getattr(self, name)
            if weight is not None:
                weight.assign(ops.full_like(weight.value, start))

    def call(self, inputs: Any, initial_state: Any = None, mask: Any = None) -> Any:
        wanted = self.return_state or self.stateful
        outputs, last = self._run(inputs, initial_state, mask, return_state=wanted)
        if self.stateful:
            for name, value in zip(self.STATES, last, strict=True):
                getattr(self, name).assign(value)
        return (outputs, *last) if self.return_state else outputs

    def run(
        self, inputs: Any, initial_state: Any = None, mask: Any = None, *, return_state: bool = True
    ) -> tuple[Any, Any]:
        """Returns outputs and the last state (None unless `return_state`): a tensor, or a tuple."""
        outputs, last = self._run(inputs, initial_state, mask, return_state=return_state)
        return outputs, last[0] if last is not None and len(last) == 1 else last

    def _run(
        self, inputs: Any, initial_state: Any, mask: Any, *, return_state: bool
    ) -> tuple[Any, Any]:
        x, dtype = ops.cast(inputs, self.compute_dtype), self.membrane_dtype
        require_sequence(x.shape)
        mask = self._checked_mask(x, mask, dtype)
        if self.go_backwards:
            x, mask = ops.flip(x, axis=1), None if mask is None else ops.flip(mask, axis=1)
        return backends.run_neurons(
            x,
            self.start(x, initial_state),
            self.parameters(dtype),
            mask,
            self.dynamics,
            return_state=return_state,
        )

    def start(self, x: Any, initial_state: Any) -> tuple | None:
        """Returns the states before the first step, or None where they are at rest."""
        dtype = self.membrane_dtype
        if initial_state is None:
            kept = (ops.convert_to_tensor(getattr(self, name)) for name in self.STATES)
            return tuple(kept) if self.stateful else None
        several = isinstance(initial_state, (tuple, list))
        states = tuple(initial_state) if several else (initial_state,)
        rule = f"be {len(self.STATES)} tensors: {', '.join(self.STATES)}"
        require(len(states) == len(self.STATES), "initial_state", rule, tensors=len(states))
        for state in states:
            require_shape("initial_state", state.shape, (x.shape[0], *x.shape[2:]))
        return tuple(ops.cast(state, dtype) for state in states)

    def _checked_mask(self, x: Any, mask: Any, dtype: Any) -> Any:
        if mask is None:
            return None
        mask = ops.convert_to_tensor(mask)
        rule = "have the shape (batch, time) of the inputs"
        pairs = list(zip(mask.shape, x.shape[:2], strict=False))
        good = len(mask.shape) == 2 and all(a is None or b is None or a == b for a, b in pairs)
        require(good, "mask", rule, mask=tuple(mask.shape), inputs=tuple(x.shape))
        return ops.cast(mask, dtype)

    def compute_output_shape(self, input_shape: Any, initial_state_shape: Any = None) -> Any:
        if not self.return_state:
            return tuple(input_shape)
        state = (input_shape[0], *input_shape[2:])
        return tuple(input_shape), *(state for _ in self.STATES)

    def compute_output_spec(self, inputs: Any, initial_state: Any = None, mask: Any = None) -> Any:
        require_sequence(inputs.shape)
        outputs = keras.KerasTensor(inputs.shape, dtype=self.compute_dtype)
        if not self.return_state:
            return outputs
        shape = (inputs.shape[0], *inputs.shape[2:])
        return outputs, *(keras.KerasTensor(shape, dtype=self.membrane_dtype) for _ in self.STATES)

    def compute_mask(self, inputs: Any, previous_mask: Any) -> Any:
        if not self.return_state:
            return previous_mask
        return previous_mask, *(None for _ in self.STATES)

    def get_config(self) -> dict[str, Any]:
        config = {
            "stateful": self.stateful,
            "return_state": self.return_state,
            "go_backwards": self.go_backwards,
        }
        return {**super().get_config(), **config}
