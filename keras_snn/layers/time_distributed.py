"""The wrapper that applies a layer to every time step at once."""

import inspect
from typing import Any

import keras

from keras_snn.functional import time
from keras_snn.layers.keras_facts import of_steps
from keras_snn.layers.protocol import Macs, macs_of
from keras_snn.layers.shapes import Shape, require_sequence
from keras_snn.validation import require


@keras.saving.register_keras_serializable(package="keras_snn")
class TimeDistributed(keras.layers.Wrapper):
    """Applies a layer to every time step, in one call on the merged batch and time axes.

        y[b, t] = layer(x[b, t])

    computed as split(layer(merge(x))), merge: (batch, time, ...) -> (batch * time, ...). A layer
    with statistics, such as BatchNormalization, sees all time steps at once and updates them
    once; a random layer draws anew for every step.

    Args:
        layer: A Keras layer that takes one tensor (batch, ...).

    Call arguments:
        inputs: (batch, time, ...).
        training: Passed on where the layer takes it.
        mask: (batch, time, ...), passed on as (batch * time, ...) where the layer takes it.

    Input shape:
        (batch, time, ...), at least one axis after time; time may be None.

    Output shape:
        (batch, time) and the axes that the layer puts after batch.

    Raises:
        ValueError: if `layer` is no Keras layer, or the input has less than three axes.

    Example:
        >>> conv = keras_snn.layers.TimeDistributed(keras.layers.Conv2D(8, 3, padding="same"))
        >>> conv(np.zeros((2, 10, 34, 34, 2))).shape
        (2, 10, 34, 34, 8)

    Source: `keras.layers.TimeDistributed`. Differs from the source: it makes one call instead of
    one per step, so the graph is T times smaller and BatchNormalization sees all time steps. Its
    dtype policy is by default the layer's.
    """

    def __init__(self, layer: keras.layers.Layer, **kwargs: Any) -> None:
        rule = "be a keras.layers.Layer"
        require(isinstance(layer, keras.layers.Layer), "layer", rule, layer=layer)
        kwargs.setdefault("dtype", layer.dtype_policy)
        super().__init__(layer, **kwargs)
        self.supports_masking = True

    def build(self, input_shape: Shape) -> None:
        super().build(self._merged_shape(input_shape))

    def call(self, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
        arguments = {"training": training} if self._takes("training") else {}
        if mask is not None and self._takes("mask"):
            arguments["mask"] = time.merge(mask)
        time_steps = keras.ops.shape(inputs)[1]
        return time.split(self.layer(time.merge(inputs), **arguments), time_steps)

    def _takes(self, argument: str) -> bool:
        return argument in inspect.signature(self.layer.call).parameters

    causal = True  # its layer sees one time step at a time

    def macs(self, input_shape: Shape) -> int:
        return macs_of(self, input_shape)

    def macs_of_parts(self, input_shape: Shape) -> dict[str, Macs]:
        return {"": of_steps(self, tuple(input_shape))}

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        output_shape = self.layer.compute_output_shape(self._merged_shape(input_shape))
        return (*input_shape[:2], *output_shape[1:])

    def _merged_shape(self, input_shape: Any) -> Shape:
        require_sequence(input_shape)
        known = None not in input_shape[:2]
        return (input_shape[0] * input_shape[1] if known else None, *input_shape[2:])
