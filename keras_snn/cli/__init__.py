"""The command `keras-snn`: convert checkpoints, describe networks, write them for elsewhere."""

from keras_snn.cli.main import main

__all__ = ["main"]
