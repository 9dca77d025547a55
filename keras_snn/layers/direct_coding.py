"""Codings: what makes a sequence of input currents or spikes out of a static input."""

from typing import Any

import keras
from keras import ops

from keras_snn.layers.shapes import Shape
from keras_snn.validation import count


@keras.saving.register_keras_serializable(package="keras_snn")
class DirectCoding(keras.layers.Layer):
    """Direct coding: repeats a static input as the input current of every time step.

        y[b, t] = x[b],    t = 0 .. time_steps - 1

    Args:
        time_steps: Number of time steps T, at least 1.

    Input shape:
        (batch, ...)

    Output shape:
        (batch, time_steps, ...)

    Raises:
        ValueError: if `time_steps` is no integer of at least 1.

    Example:
        >>> keras_snn.layers.DirectCoding(time_steps=4)(np.zeros((2, 32, 32, 3))).shape
        (2, 4, 32, 32, 3)

    Source: arXiv 2405.13672, section on ImageNet. Differs from the source: none.
    """

    def __init__(self, time_steps: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.time_steps = count("time_steps", time_steps)

    def call(self, inputs: Any) -> Any:
        return ops.repeat(ops.expand_dims(inputs, 1), self.time_steps, axis=1)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return (input_shape[0], self.time_steps, *input_shape[1:])

    causal = True

    def macs(self, input_shape: Shape) -> int:
        return 0

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "time_steps": self.time_steps}
