"""Reads networks of other libraries: the authors' PyTorch checkpoints, and NIR graphs."""

from keras_snn.checkpoints.loading import load_pytorch
from keras_snn.checkpoints.nir import from_nir

__all__ = ["from_nir", "load_pytorch"]
