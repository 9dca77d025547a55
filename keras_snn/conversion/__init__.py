"""Turns trained networks of ReLUs into spiking networks."""

from keras_snn.conversion.accuracy import accuracy_over_time
from keras_snn.conversion.clip_floor_shift import ClipFloorShift, quantize_activations
from keras_snn.conversion.converting import from_ann
from keras_snn.conversion.rate_layers import RateIF, RateMaxPooling

__all__ = [
    "ClipFloorShift",
    "RateIF",
    "RateMaxPooling",
    "accuracy_over_time",
    "from_ann",
    "quantize_activations",
]
