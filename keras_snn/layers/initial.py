"""Initial values that keep every digit."""

import numpy as np
from keras import ops


def exactly(value):
    """An initialiser with `value` everywhere.

    `keras.initializers.Constant` rounds to float32 on the way, also for float64 weights.
    """

    def initializer(shape, dtype=None):
        return ops.convert_to_tensor(np.full(shape, value), dtype=dtype)

    return initializer
