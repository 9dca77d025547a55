"""The command `keras-snn`: converts, describes, exports and runs networks, and prepares data."""

from keras_snn_command import main

__all__ = ["main"]
