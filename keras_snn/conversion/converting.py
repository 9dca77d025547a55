"""Turns a trained network of ReLUs into a spiking network."""

from typing import Any, NamedTuple

import keras
import numpy as np

from keras_snn.conversion.clip_floor_shift import ClipFloorShift
from keras_snn.conversion.folding import fold, normalizations_to_fold
from keras_snn.conversion.rate_layers import RateIF, RateMaxPooling
from keras_snn.conversion.thresholds import is_relu, measure_scales, pieces
from keras_snn.layers import DirectCoding, TimeDistributed
from keras_snn.validation import count, require

LINEAR = (
    keras.layers.Dense,
    keras.layers.Conv2D,
    keras.layers.DepthwiseConv2D,
    keras.layers.SeparableConv2D,
    keras.layers.BatchNormalization,
    keras.layers.AveragePooling2D,
    keras.layers.GlobalAveragePooling2D,
    keras.layers.ZeroPadding2D,
    keras.layers.Flatten,
    keras.layers.Reshape,
    keras.layers.Rescaling,
)
"""Layers that are linear in inference: the mean over time passes through them."""

MAXIMA = (keras.layers.MaxPooling2D, keras.layers.GlobalMaxPooling2D)
MERGES = (keras.layers.Add, keras.layers.Concatenate, keras.layers.Average, keras.layers.Subtract)
NOTHING = (keras.layers.Dropout, keras.layers.SpatialDropout2D, keras.layers.GaussianNoise)
"""Layers that do nothing in inference."""


class Signal(NamedTuple):
    """A tensor, and whether it has a time axis, which begins with the first spikes."""

    tensor: Any
    timed: bool


def from_ann(
    model: keras.Model,
    data: Any,
    time_steps: int = 32,
    method: str = "percentile",
    percentile: float = 99.9,
    return_sequences: bool = False,
) -> keras.Model:
    """Turns a trained network of ReLUs into a spiking network that needs no training.

    Every ReLU becomes integrate-and-fire neurons (`RateIF`), whose mean over time approximates it.
    Their threshold is measured on data, one per channel. The input is repeated at every time step,
    but everything before the first spikes is computed only once. The output is the activation of
    the mean over time of the class scores. A batch normalization after a convolution or a dense
    layer is folded into it. Max pooling compares rates (`RateMaxPooling`).

    Args:
        model: A functional or sequential network with one input and one output: convolutions,
            dense layers, batch normalization, pooling, ReLU, `ClipFloorShift`, and sums or
            concatenations of these.
        data: Inputs on which activations are measured, as an array; a few hundred samples.
        time_steps: Number of time steps T, at least 1. The result approaches the original network
            as T grows.
        method: "percentile", or "max" for the largest activation of a channel. A percentile ignores
            outliers, with which the neurons of a channel would rarely fire.
        percentile: Greater than 0, at most 100.
        return_sequences: If True, the output has the scores after every time step, (batch, T,
            classes), which `accuracy_over_time` reads.

    Returns:
        A functional model with the input of `model`.

    Raises:
        ValueError: If a layer cannot be converted; the message names it.

    Example:
        >>> ann = keras.Sequential([keras.Input((6,)), keras.layers.Dense(3, "relu")])
        >>> spiking = keras_snn.conversion.from_ann(ann, np.random.rand(500, 6), time_steps=32)

    Source: Rueckauer et al., Frontiers in Neuroscience 11, 682 (2017); the initial membrane
    potential is that of Bu et al., ICLR 2022. Differs from the source: spikes have the height of
    their threshold, instead of weights that are divided by it.
    """
    time_steps = count("time_steps", time_steps)
    good = len(model.inputs) == 1 and len(model.outputs) == 1
    require(good, "model", "have one input and one output", model=model.name)
    walk = _Walk(model, time_steps, _scales(model, data, method, percentile))
    inputs = keras.Input(model.inputs[0].shape[1:], dtype=model.inputs[0].dtype)
    scores, activation = walk.through(inputs)
    outputs = _mean(scores, return_sequences)
    outputs = keras.layers.Activation(activation, name="activation")(outputs)
    return keras.Model(inputs, outputs, name=f"spiking_{model.name}")


def _scales(model: keras.Model, data: Any, method: str, percentile: float) -> dict:
    """Returns the thresholds of every channel by the name of its ReLU, if there are any."""
    if any(is_relu(layer) for _, layer in pieces(model)):
        return measure_scales(model, data, method, percentile)
    return {}


def _mean(scores: Any, return_sequences: bool) -> Any:
    if not return_sequences:
        return keras.layers.GlobalAveragePooling1D(name="mean_over_time")(scores)
    steps = np.arange(1, scores.shape[1] + 1)[:, None]
    return keras.ops.cumsum(scores, axis=1) / keras.ops.cast(steps, scores.dtype)


class _Walk:
    """Rebuilds a network call by call."""

    def __init__(self, model: keras.Model, time_steps: int, scales: dict) -> None:
        self.model, self.time_steps, self.scales = model, time_steps, scales
        self.calls = pieces(model)
        self.folded = normalizations_to_fold(self.calls)

    def through(self, inputs: Any) -> tuple[Any, Any]:
        """Returns the scores of every time step, and the activation of the last layer."""
        signals = {id(self.model.inputs[0]): Signal(inputs, False)}
        last = self.model.outputs[0]
        activation: Any = "linear"
        for call, layer in self.calls:
            given = [signals[id(tensor)] for tensor in call.arguments.keras_tensors]
            if call.output_tensors[0] is last and not is_relu(layer):
                activation = getattr(layer, "activation", None) or "linear"
            signals[id(call.output_tensors[0])] = self._apply(call, layer, given)
        scores = self._timed(signals[id(last)])
        rule = "end with class scores, (batch, classes)"
        require(scores.tensor.ndim == 3, "model", rule, shape=tuple(last.shape))
        return scores.tensor, activation

    def _apply(self, call: Any, layer: keras.layers.Layer, given: list[Signal]) -> Signal:
        is_end = call.output_tensors[0] is self.model.outputs[0]
        self._check(layer, is_end)
        if isinstance(layer, MERGES):
            given = [self._timed(g) for g in given] if any(g.timed for g in given) else given
            merged = type(layer).from_config(_merge_config(layer, given))
            return Signal(merged([g.tensor for g in given]), given[0].timed)
        signal = given[0]
        if layer.name in self.folded or isinstance(layer, NOTHING):
            return signal
        if isinstance(layer, ClipFloorShift):
            return self._fire(signal, keras.ops.convert_to_numpy(layer.bound), layer.name)
        if isinstance(layer, MAXIMA) and signal.timed:
            pool = type(layer).from_config(layer.get_config())
            return Signal(RateMaxPooling(pool, name=layer.name)(signal.tensor), True)
        if not is_relu(layer, alone=True):
            signal = self._linear(layer, signal)
        return (
            self._fire(signal, self.scales[layer.name], f"{layer.name}_if")
            if is_relu(layer)
            else signal
        )

    def _check(self, layer: keras.layers.Layer, is_end: bool) -> None:
        kinds = (*LINEAR, *MAXIMA, *MERGES, *NOTHING, keras.layers.ReLU, ClipFloorShift)
        activation = getattr(layer, "activation", None)
        plain = activation in (None, keras.activations.linear) or is_relu(layer) or is_end
        good = isinstance(layer, (*kinds, keras.layers.Activation)) and plain
        rule = f"have layers that can be converted: {', '.join(kind.__name__ for kind in kinds)}"
        name = getattr(activation, "__name__", activation)
        require(good, "model", rule, layer=layer.name, type=type(layer).__name__, activation=name)

    def _linear(self, layer: keras.layers.Layer, signal: Signal) -> Signal:
        """Applies a layer without its activation, with its batch normalization folded into it."""
        config = layer.get_config()
        if "activation" in config:
            config["activation"] = "linear"
        norm = next((n for n, source in self.folded.values() if source is layer), None)
        if norm is not None:
            config["use_bias"] = True
        if isinstance(layer, keras.layers.Activation):
            return signal
        copy = type(layer).from_config(config)
        copy.trainable = False
        outer = TimeDistributed(copy, name=layer.name) if signal.timed else copy
        tensor = outer(signal.tensor)
        weights = layer.get_weights()
        copy.set_weights(weights if norm is None else fold(layer, norm))
        return Signal(tensor, signal.timed)

    def _fire(self, signal: Signal, scale: np.ndarray, name: str) -> Signal:
        return Signal(RateIF(scale, name=name)(self._timed(signal, name).tensor), True)

    def _timed(self, signal: Signal, name: str = "input") -> Signal:
        if signal.timed:
            return signal
        coding = DirectCoding(self.time_steps, name=f"{name}_coding")
        return Signal(coding(signal.tensor), True)


def _merge_config(layer: keras.layers.Layer, given: list[Signal]) -> dict:
    """Returns the layer's config; the axis of a concatenation is moved by the time axis."""
    config = layer.get_config()
    if given[0].timed and config.get("axis", -1) > 0:
        config["axis"] += 1
    return config
