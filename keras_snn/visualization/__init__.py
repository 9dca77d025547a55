"""What `analysis` measures, as matplotlib figures."""

from keras_snn.visualization.figures import frames_and_heat_maps, learning_curves, rate_bars

__all__ = ["frames_and_heat_maps", "learning_curves", "rate_bars"]
