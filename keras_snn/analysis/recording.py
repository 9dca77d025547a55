"""Runs a model over data once, and reports the calls of its layers to observers.

An *observer* names the layers that it watches and receives every call of them. Several observers
can share a pass. The model is not rebuilt, and no activation is kept beyond its batch.
"""

import contextlib
from typing import Any

import keras

from keras_snn.analysis.batches import batches, size_of
from keras_snn.analysis.calls import Batch, Call, Observer, observed
from keras_snn.analysis.walking import spiking_layers
from keras_snn.validation import require


def observe(model: Any, data: Any, *observers: Observer) -> int:
    """Runs a model over data once, in inference mode, and returns the number of samples.

    Args:
        model: A Keras model. If it is not built yet, the first sample builds it.
        data: As `keras_snn.analysis.firing_rates` takes it.
        observers: Objects that receive the calls.

    Raises:
        ValueError: If the data have no sample.
    """
    samples = 0
    for inputs, labels in batches(model, data):
        _build(model, inputs)
        with observed(model, observers):
            outputs = model(inputs, training=False)
        for observer in observers:
            observer.end_batch(Batch(inputs, labels, outputs))
        samples += size_of(inputs)
    require(samples > 0, "data", "have at least one sample", samples=samples)
    return samples


def _build(model: Any, inputs: Any) -> None:
    """Builds a subclassed model by a first call, so that all of its layers exist."""
    if not all(layer.built for layer in model._flatten_layers()):
        with contextlib.suppress(AttributeError):  # inputs that cannot be cut
            inputs = keras.tree.map_structure(lambda x: x[:1], inputs)
        model(inputs, training=False)


class Spikes:
    """An observer that keeps the spikes of the last call of every spiking layer.

    Args:
        spikes: A dictionary that receives the spikes by the path of the layer.
    """

    def __init__(self, spikes: dict[str, Any]) -> None:
        self.spikes = spikes

    def watched(self, model: Any) -> dict[str, Any]:
        return spiking_layers(model)

    def observe(self, call: Call) -> None:
        self.spikes[call.path] = call.outputs

    def end_batch(self, batch: Batch) -> None:
        pass


def record_spikes(model: keras.Model, x: Any) -> dict[str, Any]:
    """Records the spikes of every spiking layer for one batch, in inference mode.

    Args:
        model: A Keras model.
        x: One batch of inputs, as the model takes it.

    Returns:
        A mapping from the path of each layer to its spikes (batch, time, ...). If a layer is called
        several times, these are the spikes of its last call.

    Raises:
        ValueError: If no layer of the model spikes.

    Example:
        >>> model = keras_snn.applications.VGG8(input_shape=(4, 32, 32, 2))
        >>> spikes = keras_snn.analysis.record_spikes(model, np.ones((1, 4, 32, 32, 2)))
        >>> spikes["block2_lif"].shape
        (1, 4, 16, 16, 128)
    """
    spikes: dict[str, Any] = {}
    observe(model, [(x, None)], Spikes(spikes))
    return spikes
