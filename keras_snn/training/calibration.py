"""Kernels scaled so that every layer of neurons fires, before training begins."""

from typing import Any

import keras
import numpy as np

from keras_snn.analysis import FiringRates, firing_rates, spiking_layers
from keras_snn.analysis.calls import Batch, Call
from keras_snn.analysis.recording import observe
from keras_snn.analysis.walking import walk
from keras_snn.validation import real, require

SCALED = ("kernel", "bias", "embeddings")
HIGHEST_GAIN = 1e4
HALVINGS = 12  # the gain to half a percent


def calibrate(model: keras.Model, data: Any, rate: float = 0.2) -> FiringRates:
    """Scales the kernel in front of every layer of neurons until the layer fires at a rate.

    Common initial kernels give spiking layers such small currents that a deep network is silent
    from the second layer on, and learns nothing. Layer by layer, from the inputs on, kernel and
    bias in front of the neurons become g times themselves:

        mean over samples, time steps and neurons of s(g x) = rate

    x are the currents that the neurons receive and s their spikes. Call it once, before `fit`.
    Neurons behind a batch normalization are left as they are, for it sets their currents itself.

    Args:
        model: A built Keras model, which is changed.
        data: Some typical inputs, in a form that `analysis.firing_rates` takes. A hundred samples
            are enough. The model passes over them twice per layer, and the currents of one layer
            are kept.
        rate: Wanted spikes per neuron and time step, between 0 and 1.

    Returns:
        The `analysis.FiringRates` after the scaling.

    Raises:
        ValueError: If `rate` is outside its range or no gain up to 10,000 reaches it, if a kernel
            is in front of two layers of neurons, if the currents of a layer are all zero, or if
            they are not proportional to the kernel in front of the layer, as behind a sum of two
            branches. Kernels of earlier layers are scaled by then.

    Example:
        >>> rates = keras_snn.training.calibrate(model, x[:128], rate=0.2)
        >>> print(rates)

    Source: data-dependent initialization, Mishkin and Matas, arXiv 1511.06422. Differs from the
    source: the rate of spikes is set in place of the variance, and kernels are not orthogonalized.
    """
    rate = real("rate", rate, above=0.0)
    require(rate < 1, "rate", "be less than 1", rate=rate)
    scaled: set[int] = set()
    for path in spiking_layers(model):
        currents = _observed(model, data, path)
        if currents.front is None:
            continue
        rule = "have one layer of neurons behind each kernel"
        require(id(currents.front) not in scaled, "model", rule, layer=path)
        scaled.add(id(currents.front))
        gain = _gain(path, currents, rate)
        _scale(currents.front, gain)
        _require_proportional(currents, _observed(model, data, path), gain)
    return firing_rates(model, data)


class Currents:
    """An observer that keeps what one layer of neurons receives, and the kernel in front of it.

    Attributes:
        calls: The calls of the neurons.
        front: The layer whose kernel was used last before them, None where there is none or a
            batch normalization came between.
    """

    def __init__(self, path: str) -> None:
        self.path, self.calls = path, list[Call]()
        self.front: Any = None
        self._latest: Any = None

    def watched(self, model: Any) -> dict[str, Any]:
        neurons = {self.path: spiking_layers(model)[self.path]}
        found = {path: layer for path, layer in walk(model).items() if _sets_currents(layer)}
        return found | neurons

    def observe(self, call: Call) -> None:
        if call.path == self.path:
            self.calls.append(call)
            self.front = self._latest
        else:
            self._latest = None if _normalizes(call.layer) else call.layer

    def end_batch(self, batch: Batch) -> None:
        self._latest = None


def _normalizes(layer: Any) -> bool:
    return isinstance(layer, keras.layers.BatchNormalization)


def _sets_currents(layer: Any) -> bool:
    return _normalizes(layer) or bool(_parts(layer))


def _parts(layer: Any) -> list[Any]:
    """The variables of a layer that its outputs are proportional to."""
    own = [getattr(layer, name, None) for name in SCALED]
    return [variable for variable in own if isinstance(variable, keras.Variable)]


def _observed(model: keras.Model, data: Any, path: str) -> Currents:
    currents = Currents(path)
    observe(model, data, currents)
    return currents


def _gain(path: str, currents: Currents, rate: float) -> float:
    """Bisects the logarithm of the gain."""
    low, high = 1 / HIGHEST_GAIN, HIGHEST_GAIN
    rule = (
        f"give `{path}` currents other than zero; "
        "`refresh_statistics(model, data)` wakes layers that a batch normalization silences"
    )
    require(any(np.any(call.inputs) for call in currents.calls), "model", rule, layer=path)
    reached = _rate(currents, high)
    rule = f"be a rate that `{path}` reaches; bias and kernel leave too few currents positive"
    require(reached >= rate, "rate", rule, rate=rate, highest=round(float(reached), 3))
    for _ in range(HALVINGS):
        middle = (low * high) ** 0.5
        low, high = (middle, high) if _rate(currents, middle) < rate else (low, middle)
    return high


def _rate(currents: Currents, gain: float) -> float:
    """Spikes per neuron and time step for currents `gain` times as large."""
    spikes = 0.0
    for call in currents.calls:
        outputs = call.layer(call.inputs * gain, **call.arguments)
        outputs = outputs[0] if isinstance(outputs, (tuple, list)) else outputs
        spikes += float(keras.ops.sum(keras.ops.cast(outputs, "float32")))
    return spikes / sum(np.prod(call.inputs.shape) for call in currents.calls)


def _scale(layer: Any, gain: float) -> None:
    for variable in _parts(layer):
        variable.assign(variable * gain)


def _require_proportional(before: Currents, after: Currents, gain: float) -> None:
    rule = "give neurons currents that are proportional to the kernel in front of them"
    for old, new in zip(before.calls, after.calls, strict=False):
        if old.inputs.shape != new.inputs.shape:
            continue  # data in another order
        wanted, found = (keras.ops.convert_to_numpy(c) for c in (old.inputs * gain, new.inputs))
        near = np.allclose(found, wanted, rtol=1e-2, atol=1e-2 * np.abs(wanted).max())
        require(near, "model", rule, layer=before.path)
