"""Draws the results of `analysis`, and recordings of cameras."""

from keras_snn.visualization.attention import attention_weights, scale_importance
from keras_snn.visualization.classes import confusion_matrix, gallery
from keras_snn.visualization.figures import (
    accuracy_over_time,
    frames_and_heat_maps,
    generalization_gap,
    learning_curves,
    rate_bars,
)
from keras_snn.visualization.recording import save_animation, show_recording
from keras_snn.visualization.spikes import (
    membrane_traces,
    raster,
    spectral_preference,
    time_similarity,
)

__all__ = [
    "accuracy_over_time",
    "attention_weights",
    "confusion_matrix",
    "frames_and_heat_maps",
    "gallery",
    "generalization_gap",
    "learning_curves",
    "membrane_traces",
    "raster",
    "rate_bars",
    "save_animation",
    "scale_importance",
    "show_recording",
    "spectral_preference",
    "time_similarity",
]
