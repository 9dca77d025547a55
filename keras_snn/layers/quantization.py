"""Quantized layers inside a layer: what a file says of them, and how they come back."""

from collections.abc import Iterable
from typing import Any

import keras

Part = tuple[int, str, Any]
"""Place among the layers inside, mode, and the serialized configuration of the quantization."""


def quantized_parts(layer: keras.layers.Layer) -> list[Part]:
    """Lists the quantized layers inside a layer.

    The parts that a layer builds for itself have no configuration of their own in a file.
    """
    return [
        (place, part.quantization_mode, _configuration(part))
        for place, part in enumerate(layer._flatten_layers(include_self=False))
        if part.quantization_mode is not None
    ]


def quantize_parts(layer: keras.layers.Layer, parts: Iterable[Part]) -> None:
    """Quantizes the parts of a built layer that `quantized_parts` listed."""
    inside = layer._flatten_layers(include_self=False)
    for place, mode, configuration in parts:
        config = keras.saving.deserialize_keras_object(configuration)
        inside[place].quantize(mode, config=config)


def _configuration(part: keras.layers.Layer) -> Any:
    return keras.saving.serialize_keras_object(getattr(part, "quantization_config", None))
