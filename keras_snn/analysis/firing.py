"""Firing rates of layers, and where on the map they fire."""

from collections.abc import Iterable
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_snn.analysis.recording import record_spikes
from keras_snn.validation import require


def firing_rates(model: keras.Model, data: Any) -> dict[str, float]:
    """Mean firing rate of every spiking layer: spikes per neuron and time step.

    Args:
        model: A built Keras model.
        data: One batch of inputs as an array, or an iterable of batches, such as a
            `tf.data.Dataset`; of tuples (inputs, labels) the inputs are taken.

    Returns:
        Paths of the spiking layers to rates from 0 to 1.

    Raises:
        ValueError: if no layer of the model spikes, or `data` is empty.

    Example:
        >>> keras_snn.analysis.firing_rates(model, test_data)["block1_lif"]
        0.041
    """
    sums: dict[str, float] = {}
    samples = 0
    for x in _batches(data):
        for path, spikes in record_spikes(model, x).items():
            rate = float(ops.mean(ops.cast(spikes, "float32")))
            sums[path] = sums.get(path, 0.0) + rate * len(x)
        samples += len(x)
    require(samples > 0, "data", "have at least one sample", samples=samples)
    return {path: total / samples for path, total in sums.items()}


def _batches(data: Any) -> Iterable[Any]:
    if hasattr(data, "shape"):
        return [data]
    return (batch[0] if isinstance(batch, (tuple, list)) else batch for batch in data)


def heat_maps(spikes: Any) -> np.ndarray:
    """Where spikes are, per sample and time step, from 0 to 1.

    Spikes are summed over channels and scaled by minimum and maximum of each frame; a constant
    frame gives zeros.

    Args:
        spikes: (batch, time, height, width, channels).

    Returns:
        (batch, time, height, width), float.

    Raises:
        ValueError: for an input of another rank.

    Example:
        >>> spikes = keras_snn.analysis.record_spikes(model, frames)["block2_lif"]
        >>> keras_snn.analysis.heat_maps(spikes).shape
        (32, 8, 17, 17)

    Source: arXiv 2405.13672, the visualisation of its analysis section.
    """
    spikes = np.asarray(ops.cast(spikes, "float32"))
    rule = "have the axes (batch, time, height, width, channels)"
    require(spikes.ndim == 5, "spikes", rule, shape=spikes.shape)
    summed = spikes.sum(-1)
    low = summed.min((2, 3), keepdims=True)
    span = summed.max((2, 3), keepdims=True) - low
    return np.divide(summed - low, span, out=np.zeros_like(summed), where=span > 0)
