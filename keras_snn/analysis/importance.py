"""Measures the importance of SMA's scales for each class of the data."""

from typing import Any

import keras
import numpy as np
from keras import ops

from keras_snn.analysis.calls import Batch, Call
from keras_snn.analysis.recording import observe
from keras_snn.analysis.table import Table
from keras_snn.analysis.walking import walk
from keras_snn.layers.sma import SMA
from keras_snn.validation import require


class ScaleImportance(Table):
    """Mean weights of SMA's scales: a mapping from `path/scale` to time weights, which prints.

    Columns: the mean time weight and the mean channel weight of each scale, over samples, time
    steps and channels. Each of them sums to 1 over the scales of a layer.

    Attributes:
        classes: The labels found, sorted; `[None]` if the data have no labels.
        time: Time weights (classes, scales, time) by path.
        channel: Channel weights (classes, scales, time, channels) by path.
    """

    FORMATS = {"time weight": ".3f", "channel weight": ".3f"}  # noqa: RUF012, never written to

    def __init__(self, sums: dict[str, "WeightSums"]) -> None:
        counts = next(iter(sums.values())).samples
        self.classes = sorted(counts) if None not in counts else [None]
        self.time = {path: s.means(0, self.classes) for path, s in sums.items()}
        self.channel = {path: s.means(1, self.classes) for path, s in sums.items()}
        rows = {name: row for path, s in sums.items() for name, row in s.rows(path)}
        super().__init__(rows, self.FORMATS, key="scale")


class WeightSums:
    """Time and channel weights of a layer, summed over the samples of each class."""

    def __init__(self) -> None:
        self.sums: dict[Any, list[Any]] = {}
        self.samples: dict[Any, int] = {}

    def add(self, scores: tuple[np.ndarray, ...], labels: Any) -> None:
        """Adds (batch, scales, time) and (batch, scales, time, channels)."""
        for label in set(labels):
            chosen = [n for n, other in enumerate(labels) if other == label]
            before = self.sums.get(label, [0.0, 0.0])
            now = [array[chosen].sum(0, dtype="float64") for array in scores]
            self.sums[label] = [a + b for a, b in zip(before, now, strict=True)]
            self.samples[label] = self.samples.get(label, 0) + len(chosen)

    def means(self, which: int, classes: list[Any]) -> np.ndarray:
        """Returns means over the samples of each class, (classes, ...)."""
        return np.stack([self.sums[label][which] / self.samples[label] for label in classes])

    def rows(self, path: str) -> list[tuple[str, dict[str, float]]]:
        """Returns a row per scale, with means over samples, time steps and channels."""
        summed = [sum(arrays) for arrays in zip(*self.sums.values(), strict=True)]
        samples = sum(self.samples.values())
        each = [a.reshape(len(a), -1).mean(1) / samples for a in summed]
        return [
            (f"{path}/scale{n}", dict(zip(ScaleImportance.FORMATS, map(float, pair), strict=True)))
            for n, pair in enumerate(zip(*each, strict=True))
        ]


class Scales:
    """An observer that sums the weights of every SMA layer per class."""

    scores = True  # asks for the attention scores of every call

    def __init__(self) -> None:
        self.sums: dict[str, WeightSums] = {}
        self.waiting: list[tuple[str, tuple[np.ndarray, ...]]] = []

    def watched(self, model: Any) -> dict[str, Any]:
        found = {path: layer for path, layer in walk(model).items() if isinstance(layer, SMA)}
        require(bool(found), "model", "have at least one SMA layer", model=model.name)
        return found

    def observe(self, call: Call) -> None:
        self.waiting.append((call.path, tuple(map(ops.convert_to_numpy, call.scores))))

    def end_batch(self, batch: Batch) -> None:
        for path, scores in self.waiting:
            labels = class_indices(batch.labels, len(scores[0]))
            self.sums.setdefault(path, WeightSums()).add(scores, labels)
        self.waiting.clear()


def class_indices(labels: Any, size: int) -> list[Any]:
    """Returns the class of each sample from labels (batch,), (batch, 1) or one-hot, or None."""
    if labels is None:
        return [None] * size
    labels = np.asarray(ops.convert_to_numpy(labels)).reshape(size, -1)
    return (labels[:, 0] if labels.shape[1] == 1 else labels.argmax(1)).astype(int).tolist()


def scale_importance(model: keras.Model, data: Any) -> ScaleImportance:
    """Measures how much weight SMA gives to each scale, per time step and class.

    The time weights A^T and the channel weights A^C are averaged over the samples of each class.

    Args:
        model: A Keras model with SMA.
        data: As `firing_rates` takes it, with labels (integers or one-hot) or without.

    Returns:
        `ScaleImportance`, which prints as a table and has the weights of each class.

    Raises:
        ValueError: If no layer of the model is SMA, or `data` is empty.

    Example:
        >>> model = keras_snn.applications.SMAVGG8(input_shape=(4, 32, 32, 2))
        >>> data = (np.ones((2, 4, 32, 32, 2)), np.array([0, 1]))
        >>> keras_snn.analysis.scale_importance(model, data).time["block2_sma"].shape
        (2, 4, 4)

    Source: arXiv 2405.13672, the importance of scales in its analysis section.
    """
    scales = Scales()
    observe(model, data, scales)
    return ScaleImportance(scales.sums)
