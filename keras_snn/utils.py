"""Utilities with a counterpart in `keras.utils`."""

from keras_snn.datasets.directory import event_dataset_from_directory

__all__ = ["event_dataset_from_directory"]
