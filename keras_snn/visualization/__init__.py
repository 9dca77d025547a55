"""What `analysis` measures, as matplotlib figures."""

from keras_snn.visualization.figures import (
    accuracy_over_time,
    frames_and_heat_maps,
    learning_curves,
    rate_bars,
)

__all__ = ["accuracy_over_time", "frames_and_heat_maps", "learning_curves", "rate_bars"]
