"""Initializers that keep every digit."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from keras import ops


def constant(value: float) -> Callable:
    """Makes an initializer that fills a weight with `value`.

    `keras.initializers.Constant` rounds to float32 on the way, also for float64 weights.
    """

    def initializer(shape: Sequence[int], dtype: Any = None) -> Any:
        return ops.convert_to_tensor(np.full(shape, value), dtype=dtype)

    return initializer
