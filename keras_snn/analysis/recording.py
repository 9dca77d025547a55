"""The spikes of every spiking layer of a model, wherever it stands."""

import contextlib
from collections.abc import Iterator
from typing import Any

import keras

from keras_snn.layers import LIF, LIFCell
from keras_snn.validation import require


def spiking_layers(model: keras.Model) -> dict[str, keras.layers.Layer]:
    """Every LIF and IF layer, and every RNN of a `LIFCell`, by its path in the model.

    A layer inside another, such as the neurons of SMA, has the path of both:
    `block2_sma/scale0/act`.

    Args:
        model: A built Keras model.

    Returns:
        Paths to layers, in the order of the model.

    Raises:
        ValueError: if no layer of the model spikes.

    Example:
        >>> list(keras_snn.analysis.spiking_layers(model))
    """
    found = dict(_spiking("", model))
    require(bool(found), "model", "have at least one spiking layer", model=model.name)
    return found


def _spiking(prefix: str, layer: Any) -> Iterator[tuple[str, Any]]:
    for inner in layer._flatten_layers(include_self=False, recursive=False):
        path = f"{prefix}{inner.name}"
        is_rnn = isinstance(inner, keras.layers.RNN) and isinstance(inner.cell, LIFCell)
        if isinstance(inner, LIF) or is_rnn:
            yield path, inner
        else:
            yield from _spiking(f"{path}/", inner)


def record_spikes(model: keras.Model, x: Any) -> dict[str, Any]:
    """Spikes of every spiking layer for one batch, in inference.

    Args:
        model: A built Keras model.
        x: One batch of inputs.

    Returns:
        Paths of the layers to spikes (batch, time, ...). A layer that is called several times
        has the spikes of its last call.

    Raises:
        ValueError: if no layer of the model spikes.

    Example:
        >>> spikes = keras_snn.analysis.record_spikes(model, frames)["block2_lif"]
    """
    spikes: dict[str, Any] = {}
    with contextlib.ExitStack() as stack:
        for path, layer in spiking_layers(model).items():
            stack.enter_context(_recorded(layer, path, spikes))
        model(x, training=False)
    return spikes


@contextlib.contextmanager
def _recorded(layer: Any, path: str, spikes: dict[str, Any]) -> Iterator[None]:
    """Within the context every call of the layer leaves its spikes under `path`."""
    call = layer.call

    def recording(*args: Any, **kwargs: Any) -> Any:
        outputs = call(*args, **kwargs)
        spikes[path] = outputs[0] if isinstance(outputs, (tuple, list)) else outputs
        return outputs

    layer.call = recording
    try:
        yield
    finally:
        del layer.call
