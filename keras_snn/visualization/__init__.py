"""What `analysis` measures and what a camera recorded, as pictures."""

from keras_snn.visualization.figures import (
    accuracy_over_time,
    frames_and_heat_maps,
    learning_curves,
    rate_bars,
)
from keras_snn.visualization.recording import save_animation, show_recording

__all__ = [
    "accuracy_over_time",
    "frames_and_heat_maps",
    "learning_curves",
    "rate_bars",
    "save_animation",
    "show_recording",
]
