"""Quantization-aware training with ReLUs that round as the spiking network will."""

from typing import Any

import keras
import numpy as np
from keras import ops

from keras_snn.conversion.thresholds import is_relu, measure_scales, pieces
from keras_snn.validation import count, require


@keras.saving.register_keras_serializable(package="keras_snn")
class ClipFloorShift(keras.layers.Layer):
    """Clips a ReLU at a learned bound, one per channel, and rounds it to a number of levels.

        y = bound / levels * clip(floor(x * levels / bound + 1 / 2), 0, levels)

    Spiking neurons with the threshold `bound` emit this value on average over `levels` time steps.
    In the backward pass, `floor` counts as the identity. A network that was trained with this
    activation loses little accuracy when it is converted.

    Args:
        levels: Number of levels L above zero, at least 1.
        bound: Initial value of the learned bound, greater than 0: one number, or one per channel.

    Input shape:
        (batch, ..., channels)

    Output shape:
        The same as the input.

    Raises:
        ValueError: If `levels` is below 1, or a bound is not positive.

    Example:
        >>> keras_snn.conversion.ClipFloorShift(levels=4)(np.array([[0.3, 2.0]]))

    Source: Bu et al., "Optimal ANN-SNN conversion", ICLR 2022. Differs from the source: a bound per
    channel.
    """

    def __init__(self, levels: int = 8, bound: Any = 1.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.levels = count("levels", levels)
        self.first_bound = np.asarray(bound, "float64").ravel().tolist()
        good = all(np.isfinite(value) and value > 0 for value in self.first_bound)
        require(good, "bound", "be finite numbers greater than 0", bound=bound)

    def build(self, input_shape: Any) -> None:
        channels, given = input_shape[-1], len(self.first_bound)
        rule = f"be one number or {channels}, one per channel"
        require(given in (1, channels), "bound", rule, bounds=given)
        self.bound = self.add_weight(shape=(channels,), initializer="ones", name="bound")
        self.bound.assign(np.broadcast_to(self.first_bound, (channels,)))

    def call(self, inputs: Any) -> Any:
        x = ops.clip(ops.cast(inputs, self.compute_dtype) / self.bound, 0.0, 1.0) * self.levels
        rounded = ops.stop_gradient(ops.floor(x + 0.5) - x)
        return self.bound * (x + rounded) / self.levels

    def compute_output_shape(self, input_shape: Any) -> tuple:
        return tuple(input_shape)

    def get_config(self) -> dict:
        return {**super().get_config(), "levels": self.levels, "bound": self.first_bound}


def quantize_activations(model: keras.Model, data: Any, levels: int = 8) -> keras.Model:
    """Returns a copy of a network with `ClipFloorShift` in place of its ReLUs, for training.

    The weights are copied. Each bound starts at the largest activation on the data.

    Args:
        model: A functional or sequential network of ReLUs.
        data: Inputs of the network, as an array.
        levels: Number of levels of every activation, at least 1; choose about the number of time
            steps of the spiking network.

    Returns:
        A functional model with the inputs and outputs of `model`.

    Example:
        >>> ann = keras.Sequential([keras.Input((6,)), keras.layers.Dense(3, "relu")])
        >>> x = np.random.rand(20, 6)
        >>> quantized = keras_snn.conversion.quantize_activations(ann, x, levels=8)
    """
    levels = count("levels", levels)
    scales = measure_scales(model, data, "max")

    def activate(x: Any, layer: keras.layers.Layer) -> Any:
        return ClipFloorShift(levels, scales[layer.name], name=f"{layer.name}_clip")(x)

    tensors = {id(tensor): tensor for tensor in model.inputs}
    for call, layer in pieces(model):
        x = [tensors[id(tensor)] for tensor in call.arguments.keras_tensors]
        y = (
            linear_copy(layer)(x if len(x) > 1 else x[0])
            if not is_relu(layer, alone=True)
            else x[0]
        )
        y = activate(y, layer) if is_relu(layer) else y
        tensors[id(call.output_tensors[0])] = y
    copy = keras.Model(model.inputs, [tensors[id(t)] for t in model.outputs])
    for _, layer in pieces(model):
        if layer.weights:
            copy.get_layer(layer.name).set_weights(layer.get_weights())
    return copy


def linear_copy(layer: keras.layers.Layer) -> keras.layers.Layer:
    """Makes a new layer of the same kind, without its ReLU."""
    config = layer.get_config()
    if is_relu(layer):
        config["activation"] = "linear"
    return type(layer).from_config(config)
