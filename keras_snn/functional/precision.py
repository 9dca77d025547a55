"""Operations that keep float64, which Keras computes in float32 on JAX and PyTorch."""

import math
from collections.abc import Sequence
from typing import Any

import keras
from keras import ops


def matmul(a: Any, b: Any) -> Any:
    """Multiplies matrices, as `ops.matmul`."""
    a, b = ops.convert_to_tensor(a), ops.convert_to_tensor(b)
    return a @ b if _is_double(a) else ops.matmul(a, b)


def mean(x: Any, axis: int | Sequence[int]) -> Any:
    """Takes the mean over axes, as `ops.mean`."""
    axes = (axis,) if isinstance(axis, int) else axis
    sizes = [x.shape[axis] for axis in axes]
    if None in sizes or not _is_double(x):
        return ops.mean(x, axis=axis)
    return ops.sum(x, axis=axis) / math.prod(sizes)


def wide_dtype(dtype: Any) -> str:
    """Gives the dtype for sums and states of values of `dtype`: float64 or float32.

    `keras.backend.result_type` would give float32 for float64 on JAX and PyTorch.
    """
    return "float64" if keras.backend.standardize_dtype(dtype) == "float64" else "float32"


def _is_double(x: Any) -> bool:
    return wide_dtype(x.dtype) == "float64"
