"""Running statistics of batch normalization, measured anew."""

import contextlib
from collections.abc import Iterator
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_snn.analysis.batches import BATCH_SIZE, batches, size_of
from keras_snn.validation import count, require


def refresh_statistics(model: keras.Model, data: Any, batch_size: int = BATCH_SIZE) -> None:
    """Replaces the running statistics of every batch normalization by those of the data.

    Training normalizes by the statistics of the batch, evaluation by running averages of them.
    After few steps the averages still lag behind the weights. A spiking network shows that
    strongly: with a variance that is too large no current reaches the threshold, and all later
    layers are silent. One pass over the data in training mode gives, for each channel,

        mean = sum over b of w[b] * m[b]
        variance = sum over b of w[b] * (s[b] + m[b]^2) - mean^2

    m[b] and s[b] are mean and variance of batch b, w[b] is its share of the samples. Weights and
    all other states of the model stay as they are, and so do frozen layers (`trainable=False`).
    A layer that the network calls twice gets the statistics of its last call.

    Args:
        model: A built Keras model.
        data: Inputs from the training data, in a form that `analysis.firing_rates` takes. Some
            hundred samples are enough.
        batch_size: Samples per batch of arrays. Choose the one that the model was trained with.

    Raises:
        ValueError: If the model has no batch normalization that learns, or `data` is empty.

    Example:
        >>> keras_snn.training.refresh_statistics(model, x[:512])
        >>> model.evaluate(x, y)

    Source: Wu and Johnson, Rethinking "Batch" in BatchNorm, arXiv 2105.07576, section 3 (precise
    batch normalization). Differs from the source: a smaller last batch counts by its samples.
    """
    layers = _learning(model)
    rule = "have a `BatchNormalization` layer that is not frozen"
    require(bool(layers), "model", rule, model=model.name)
    pooled, samples = [_Pooled() for _ in layers], 0
    with _forgetful(layers):
        for inputs, _ in batches(model, data, count("batch_size", batch_size)):
            size = size_of(inputs)
            samples += size
            for total, statistics in zip(pooled, _of_batch(model, layers, inputs), strict=True):
                total.add(size, *statistics)
    require(samples > 0, "data", "have at least one sample", samples=samples)
    for layer, total in zip(layers, pooled, strict=True):
        layer.moving_mean.assign(total.mean)
        layer.moving_variance.assign(total.square - total.mean**2)


class _Pooled:
    """Means over batches, weighted by their samples, of the mean and of the mean square."""

    def __init__(self) -> None:
        self.samples = 0
        self.mean: Any = 0.0
        self.square: Any = 0.0

    def add(self, samples: int, mean: np.ndarray, variance: np.ndarray) -> None:
        self.samples += samples
        share = samples / self.samples
        self.mean += share * (mean - self.mean)
        self.square += share * (variance + mean**2 - self.square)


def _learning(model: keras.Model) -> list[Any]:
    """The batch normalizations of a model that are not frozen."""
    kind = keras.layers.BatchNormalization
    return [x for x in model._flatten_layers() if isinstance(x, kind) and x.trainable]


@contextlib.contextmanager
def _forgetful(layers: list[Any]) -> Iterator[None]:
    """Within it, the running statistics are those of the latest batch."""
    momenta = [layer.momentum for layer in layers]
    try:
        for layer in layers:
            layer.momentum = 0.0
        yield
    finally:
        for layer, momentum in zip(layers, momenta, strict=True):
            layer.momentum = momentum


def _of_batch(model: keras.Model, layers: list[Any], inputs: Any) -> list[list[np.ndarray]]:
    """Mean and variance of a batch at every layer; the model stays as it is."""
    moving = [v for layer in layers for v in (layer.moving_mean, layer.moving_variance)]
    others = model.non_trainable_variables
    fresh = {id(variable) for variable in moving}  # nothing of them stays, NaN included
    values = [ops.zeros_like(v.value) if id(v) in fresh else v.value for v in others]
    weights = [v.value for v in model.trainable_variables]
    _, after = model.stateless_call(weights, values, inputs, training=True)
    found = {id(v): value for v, value in zip(others, after, strict=True)}
    numbers = [_number(found[id(variable)]) for variable in moving]
    return [numbers[i : i + 2] for i in range(0, len(numbers), 2)]


def _number(value: Any) -> np.ndarray:
    return ops.convert_to_numpy(value).astype("float64")
