"""One pass over data during which the calls of layers are observed, wherever the layers stand.

An *observer* says which layers of a model it watches and is told every call of them. Several
observers share a pass. Nothing is rebuilt and no activation outlives its batch.
"""

import contextlib
from typing import Any

import keras

from keras_snn.analysis.batches import batches, size_of
from keras_snn.analysis.calls import Batch, Call, Observer, observed
from keras_snn.analysis.walking import spiking_layers
from keras_snn.validation import require


def observe(model: Any, data: Any, *observers: Observer) -> int:
    """Runs a model over data once, in inference, and returns the number of samples.

    Args:
        model: A Keras model. One that is not built yet is built by the first sample.
        data: As `keras_snn.analysis.firing_rates` takes it.
        observers: They are told the calls.

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
    """Builds what a subclassed model builds at its first call; layers are complete then."""
    if not all(layer.built for layer in model._flatten_layers()):
        with contextlib.suppress(AttributeError):  # inputs that cannot be cut
            inputs = keras.tree.map_structure(lambda x: x[:1], inputs)
        model(inputs, training=False)


class Spikes:
    """An observer of every spiking layer that keeps the spikes of the last call.

    Args:
        spikes: Receives them by path.
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
    """Records the spikes of every spiking layer for one batch, in inference.

    Args:
        model: A Keras model.
        x: One batch of inputs, as the model takes it.

    Returns:
        Paths of the layers to spikes (batch, time, ...). A layer that is called several times
        has the spikes of its last call.

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
