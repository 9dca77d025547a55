"""Products of matrices on the backend in use, and the order in which they are computed."""

import contextlib
import functools
import operator
from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from keras_snn.functional import precision

if keras.backend.backend() == "tensorflow":
    from tensorflow import add_n, matmul
    from tensorflow import control_dependencies as after
else:

    def matmul(a: Any, b: Any, transpose_a: bool = False, transpose_b: bool = False) -> Any:
        """Multiplies the last two axes, each transposed before on request."""
        a = ops.swapaxes(a, -1, -2) if transpose_a else a
        return precision.matmul(a, ops.swapaxes(b, -1, -2) if transpose_b else b)

    def add_n(values: Sequence) -> Any:
        """Sums tensors."""
        return functools.reduce(operator.add, values)

    def after(values: Sequence) -> contextlib.AbstractContextManager:
        """Leaves the order to the backend: PyTorch has that of the program, XLA its own."""
        return contextlib.nullcontext()


__all__ = ["add_n", "after", "matmul"]
