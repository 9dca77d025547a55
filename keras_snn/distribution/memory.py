"""The memory that a step of training takes on a device."""

import math
from dataclasses import dataclass

import keras
import numpy as np

from keras_snn.graphs.segments import kept_elements
from keras_snn.validation import count

FLOAT32 = 4


@dataclass(frozen=True)
class Memory:
    """Bytes of a step of training on one device.

    Args:
        variables: Weights, gradients and the optimizer's slots.
        activations: What the backward pass of the samples reads.
    """

    variables: int
    activations: int

    @property
    def total(self) -> int:
        """Both together."""
        return self.variables + self.activations

    def __str__(self) -> str:
        sizes = (self.variables, self.activations, self.total)
        variables, activations, total = (f"{size / 2**30:.2f} GiB" for size in sizes)
        return f"variables {variables}, activations {activations}, together {total}"


def memory_per_device(model: keras.Model, batch_size: int, slots: int = 2) -> Memory:
    """Estimates the memory that a step of training takes on each device.

        variables   = 4 bytes * weights * (2 + slots)         weights, gradients, slots
        activations = bytes of the compute dtype * batch_size * outputs of all layers

    It counts what must be there, from shapes alone, and nothing is run, so it is a lower bound:
    gradients of activations, workspaces of convolutions and the framework itself come on top.

    Args:
        model: A functional model with known shapes.
        batch_size: Samples on one device.
        slots: Variables of the optimizer per weight: 2 for Adam, 1 for SGD with momentum, 0
            without.

    Returns:
        The bytes, as a `Memory`.

    Example:
        >>> model = keras_snn.applications.SMAResNet18(input_shape=(64, 64, 3), classes=10)
        >>> print(keras_snn.distribution.memory_per_device(model, batch_size=4))
    """
    samples = count("batch_size", batch_size)
    copies = 2 + count("slots", slots, at_least=0)
    weights = sum(math.prod(weight.shape) for weight in model.weights)
    item = np.dtype(keras.backend.standardize_dtype(model.compute_dtype)).itemsize
    return Memory(copies * FLOAT32 * weights, item * samples * kept_elements(model))
