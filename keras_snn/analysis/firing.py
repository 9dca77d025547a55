"""Measures how often layers fire, and where on the map."""

from typing import Any

import keras
import numpy as np
from keras import ops

from keras_snn.analysis.calls import Batch, Call
from keras_snn.analysis.recording import observe
from keras_snn.analysis.table import Table
from keras_snn.analysis.walking import spiking_layers
from keras_snn.validation import require


class FiringRates(Table):
    """Firing rates of layers: a mapping from paths to mean rates, which prints as a table.

    Columns: the mean rate, the lowest and the highest rate of a time step, and the shares of
    neurons that are silent (they never fire) or saturated (they fire at every time step).

    Attributes:
        by_step: Rates (time,) by path.
        by_channel: Rates (channels,) by path.
        by_step_and_channel: Rates (time, channels) by path.
    """

    FORMATS = {  # noqa: RUF012, never written to
        "rate": ".2%",
        "lowest step": ".2%",
        "highest step": ".2%",
        "silent": ".1%",
        "saturated": ".1%",
    }

    def __init__(self, counts: dict[str, "SpikeCounts"]) -> None:
        self.by_step_and_channel = {path: c.by_step_and_channel() for path, c in counts.items()}
        self.by_step = {path: rates.mean(1) for path, rates in self.by_step_and_channel.items()}
        self.by_channel = {path: rates.mean(0) for path, rates in self.by_step_and_channel.items()}
        rows = {path: self._row(path, count) for path, count in counts.items()}
        super().__init__(rows, self.FORMATS)

    def _row(self, path: str, count: "SpikeCounts") -> dict[str, float]:
        steps = self.by_step[path]
        values = (steps.mean(), steps.min(), steps.max(), count.silent(), count.saturated())
        return dict(zip(self.FORMATS, map(float, values), strict=True))


class SpikeCounts:
    """Numbers of spikes of a layer, summed over samples.

    Attributes:
        sequences: Number of sequences seen: samples times the calls per pass.
        steps: (time, channels), summed over positions.
        neurons: (positions, channels), summed over time.
    """

    def __init__(self) -> None:
        self.sequences, self.time_steps = 0, 0
        self.steps: Any = 0
        self.neurons: Any = 0

    def add(self, spikes: Any) -> None:
        """Adds spikes (batch, time, ..., channels)."""
        summed = ops.convert_to_numpy(ops.sum(ops.cast(spikes, "float32"), axis=0))
        summed = summed.reshape(summed.shape[0], -1, summed.shape[-1])
        self.sequences += int(spikes.shape[0])
        self.time_steps = summed.shape[0]
        self.steps = self.steps + summed.sum(1, dtype="float64")
        self.neurons = self.neurons + summed.sum(0, dtype="float64")

    def by_step_and_channel(self) -> np.ndarray:
        """Returns rates (time, channels)."""
        return self.steps / (self.sequences * len(self.neurons))

    def silent(self) -> float:
        """Returns the share of neurons that never spike."""
        return float(np.mean(self.neurons == 0))

    def saturated(self) -> float:
        """Returns the share of neurons that spike at every time step."""
        return float(np.mean(self.neurons == self.sequences * self.time_steps))


class Rates:
    """An observer that counts the spikes of every spiking layer."""

    def __init__(self) -> None:
        self.counts: dict[str, SpikeCounts] = {}

    def watched(self, model: Any) -> dict[str, Any]:
        return spiking_layers(model)

    def observe(self, call: Call) -> None:
        self.counts.setdefault(call.path, SpikeCounts()).add(call.outputs)

    def end_batch(self, batch: Batch) -> None:
        pass

    def result(self) -> FiringRates:
        return FiringRates(self.counts)


def firing_rates(model: keras.Model, data: Any) -> FiringRates:
    """Measures the firing rate of every spiking layer: spikes per neuron and time step.

    Args:
        model: A Keras model: functional, sequential or subclassed. It may contain other models.
        data: An array of inputs; a dictionary or list of arrays for a model with several inputs; a
            tuple (inputs, labels) of these; or an iterable of batches, such as a `tf.data.Dataset`.
            Labels are ignored. Memory does not grow with the data.

    Returns:
        `FiringRates`, a mapping from paths to rates from 0 to 1. It prints as a table, holds the
        rates of time steps and channels, and has `to_dict()` and `to_csv(path)`.

    Raises:
        ValueError: If no layer of the model spikes, or `data` is empty.

    Example:
        >>> model = keras_snn.applications.VGG8(input_shape=(4, 32, 32, 2))
        >>> rates = keras_snn.analysis.firing_rates(model, np.ones((2, 4, 32, 32, 2)))
        >>> rates.by_step["block1_lif"].shape
        (4,)
    """
    rates = Rates()
    observe(model, data, rates)
    return rates.result()


def heat_maps(spikes: Any) -> np.ndarray:
    """Shows where a layer spikes, per sample and time step, from 0 to 1.

    Spikes are summed over channels. Each frame is then scaled by its minimum and maximum; a
    constant frame gives zeros.

    Args:
        spikes: (batch, time, height, width, channels).

    Returns:
        (batch, time, height, width), float.

    Raises:
        ValueError: For an input of another rank.

    Example:
        >>> keras_snn.analysis.heat_maps(np.ones((32, 8, 17, 17, 4))).shape
        (32, 8, 17, 17)

    Source: arXiv 2405.13672, the visualization in its analysis section.
    """
    spikes = np.asarray(ops.convert_to_numpy(ops.cast(spikes, "float32")))
    rule = "have the axes (batch, time, height, width, channels)"
    require(spikes.ndim == 5, "spikes", rule, shape=spikes.shape)
    summed = spikes.sum(-1)
    low = summed.min((2, 3), keepdims=True)
    span = summed.max((2, 3), keepdims=True) - low
    return np.divide(summed - low, span, out=np.zeros_like(summed), where=span > 0)
