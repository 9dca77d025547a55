"""A proof by perturbation that windows of a network are parts of its whole sequence.

A silent network passes every comparison, so none is compared: each neuron layer receives its
currents standardized and raised until it fires. The same scale is then used in every run.
"""

from typing import Any

import keras
import numpy as np
from keras import ops

from keras_snn.graphs.calls import graph_of
from keras_snn.graphs.causality import RULE, named, takes_static_image
from keras_snn.layers import DirectCoding
from keras_snn.layers.neuron import Neuron
from keras_snn.layers.sequences import NeuronSequence
from keras_snn.validation import require

STEPS, HALF = 6, 3
LARGEST_GAIN = 2.0**20
TOLERANCE = {"float64": 1e-9, "float32": 1e-4}
HALF_TOLERANCE = 0.05
"""Largest difference relative to the largest value, for half types."""


def prove_windows(model: keras.Model) -> None:
    """Raises unless later steps leave earlier ones alone and two windows equal their sequence.

    Compares the outputs of every layer and operation of the graph that have a time axis. The
    membranes of stateless neurons go on from the first window to the second; a network with an
    RNN is compared under a perturbation of the later steps alone.

    Raises:
        ValueError: naming the first layer or operation whose outputs differ, or a neuron layer
            that no current makes fire.
    """
    tensor = model.inputs[0]
    sizes = tensor.shape[1:] if takes_static_image(model) else (STEPS, *tensor.shape[2:])
    rng = np.random.default_rng(3)
    x = rng.normal(0.5, 1.0, (tensor.shape[0] or 2, *sizes)).astype("float32")
    gains: dict[int, Any] = {}
    whole = _Run(model, STEPS, gains)(x)
    first = _Run(model, HALF, gains)
    start = first(x if takes_static_image(model) else x[:, :HALF])
    timed = [_has_steps(a, b) for (_, a), (_, b) in zip(whole, start, strict=True)]
    if not takes_static_image(model):
        later = np.concatenate([x[:, :HALF], x[:, HALF:] + rng.normal(1, 1, x[:, HALF:].shape)], 1)
        changed = _Run(model, STEPS, gains)(later.astype("float32"))
        _compare(whole, changed, timed, "changes with later steps")
    if any(isinstance(layer, keras.layers.RNN) for layer in model._flatten_layers()):
        return
    _compare(whole, start, timed, "changes with the length of the window")
    second = _Run(model, HALF, gains, first.after)(x if takes_static_image(model) else x[:, HALF:])
    why = "needs more than the membranes of the window before"
    _compare(whole, second, timed, why, HALF)


def _has_steps(whole: Any, window: Any) -> bool:
    """Whether an output has a time axis, which is as long as its sequence."""
    return len(whole.shape) > 1 and (whole.shape[1], window.shape[1]) == (STEPS, HALF)


class _Run:
    """One pass through the graph that notes what every call computes."""

    def __init__(
        self, model: Any, steps: int, gains: dict[int, Any], before: list[Any] | None = None
    ) -> None:
        self.model, self.steps, self.gains, self.before = model, steps, gains, before
        self.after: list[Any] = []
        self.notes: list[tuple[Any, Any]] = []

    def __call__(self, x: np.ndarray) -> list[tuple[Any, Any]]:
        tensor = self.model.inputs[0]
        self._through(self.model, ops.cast(ops.convert_to_tensor(x), tensor.dtype))
        return self.notes

    def _through(self, model: Any, *inputs: Any) -> Any:
        return graph_of(model)._run_through_graph(list(inputs), operation_fn=self._of)

    def _of(self, operation: Any) -> Any:
        if graph_of(operation) is not None:
            return lambda *args, **kwargs: self._through(operation, *keras.tree.flatten(args))

        def call(*args: Any, **kwargs: Any) -> Any:
            outputs = self._call(operation, *args, **kwargs)
            self.notes += [(operation, y) for y in keras.tree.flatten(outputs)]
            return outputs

        return call

    def _call(self, operation: Any, *args: Any, **kwargs: Any) -> Any:
        if isinstance(operation, DirectCoding):
            return ops.repeat(ops.expand_dims(args[0], 1), self.steps, axis=1)
        if _fires(operation):
            return self._fire(operation, *args, **kwargs)
        try:
            return operation(*args, **kwargs)
        except Exception as error:  # whatever a layer says of another number of steps
            reason = " ".join(str(error).split())[:200]
            rule = f"{RULE}, for any number of steps; {operation.name!r} does not ({reason})"
            require(False, "model", rule, **named(operation))

    def _fire(self, layer: Any, x: Any, **kwargs: Any) -> Any:
        """The outputs for currents that make neurons fire, if they can; the membrane goes on."""
        place = len(self.after)
        known = place in self.gains or not isinstance(getattr(layer, "cell", layer), Neuron)
        self.gains.setdefault(place, (ops.mean(x), ops.std(x) + 1e-6, 1.0))
        while True:
            spikes, end = self._spikes(layer, x, place, kwargs)
            rate, gain = float(ops.mean(ops.cast(spikes, "float32"))), self.gains[place][2]
            if known or rate > 0.02:
                break
            require(
                gain < LARGEST_GAIN,
                "model",
                f"have neurons that can fire; {layer.name!r} stays silent whatever its input",
                **named(layer),
            )
            self.gains[place] = (*self.gains[place][:2], 2.0 * gain)
        self.after.append(end)
        return spikes

    def _spikes(self, layer: Any, x: Any, place: int, kwargs: dict[str, Any]) -> Any:
        mean, deviation, gain = self.gains[place]
        mask = getattr(x, "_keras_mask", None)
        driven = ops.cast(gain, x.dtype) * ((x - mean) / deviation + 0.5)
        if not isinstance(layer, NeuronSequence):
            return layer(driven, **kwargs), None
        kwargs = {"mask": mask, **kwargs}
        spikes, end = layer.run(driven, self.before[place] if self.before else None, **kwargs)
        if mask is not None:
            spikes._keras_mask = mask
        return spikes, end


def _fires(operation: Any) -> bool:
    stateless = isinstance(operation, NeuronSequence) and not operation.return_state
    return stateless or isinstance(getattr(operation, "cell", None), Neuron)


def _compare(
    whole: list[Any], part: list[Any], timed: list[bool], why: str, first: int = 0
) -> None:
    """Compares the steps from `first` on, HALF of them, of all outputs that have steps."""
    for (operation, a), (_, b), has_steps in zip(whole, part, timed, strict=True):
        if not has_steps:
            continue
        wanted, actual = _numbers(a)[:, first : first + HALF], _numbers(b)[:, :HALF]
        tolerance = TOLERANCE.get(keras.backend.standardize_dtype(a.dtype), HALF_TOLERANCE)
        scale = max(float(np.abs(wanted).max()), 1e-6)
        good = float(np.abs(wanted - actual).max()) <= tolerance * scale
        require(good, "model", f"{RULE}; {operation.name!r} {why}", **named(operation))


def _numbers(x: Any) -> np.ndarray:
    return ops.convert_to_numpy(ops.cast(x, "float64"))
