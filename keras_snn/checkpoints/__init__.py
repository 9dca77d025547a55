"""The authors' PyTorch checkpoints, read into Keras models and layers."""

from keras_snn.checkpoints.loading import load_pytorch

__all__ = ["load_pytorch"]
