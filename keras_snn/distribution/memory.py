"""Estimates the memory that a training step takes on a device."""

import math
from dataclasses import dataclass

import keras
import numpy as np

from keras_snn.graphs.segments import kept_elements
from keras_snn.validation import count

FLOAT32 = 4


@dataclass(frozen=True)
class Memory:
    """The bytes that a training step takes on one device.

    Args:
        variables: Weights, gradients and the optimizer's slots.
        activations: The activations that the backward pass reads.
    """

    variables: int
    activations: int

    @property
    def total(self) -> int:
        """The sum of both."""
        return self.variables + self.activations

    def __str__(self) -> str:
        sizes = (self.variables, self.activations, self.total)
        variables, activations, total = (f"{size / 2**30:.2f} GiB" for size in sizes)
        return f"variables {variables}, activations {activations}, together {total}"


def memory_per_device(model: keras.Model, batch_size: int, slots: int = 2) -> Memory:
    """Estimates the memory that a training step takes on each device.

        variables   = 4 bytes * weights * (2 + slots)         weights, gradients, slots
        activations = bytes of the compute dtype * batch_size * outputs of all layers

    The estimate counts only what must be in memory, from shapes and without running anything, so it
    is a lower bound. Gradients of activations, workspaces of convolutions and the framework itself
    come on top.

    Args:
        model: A functional model with known shapes.
        batch_size: Number of samples on one device.
        slots: Number of optimizer variables per weight: 2 for Adam, 1 for SGD with momentum, 0 for
            SGD without.

    Returns:
        A `Memory`, which holds the bytes and prints them.

    Example:
        >>> model = keras_snn.applications.SMAResNet18(input_shape=(64, 64, 3), classes=10)
        >>> print(keras_snn.distribution.memory_per_device(model, batch_size=4))
    """
    samples = count("batch_size", batch_size)
    copies = 2 + count("slots", slots, at_least=0)
    weights = sum(math.prod(weight.shape) for weight in model.weights)
    item = np.dtype(keras.backend.standardize_dtype(model.compute_dtype)).itemsize
    return Memory(copies * FLOAT32 * weights, item * samples * kept_elements(model))
