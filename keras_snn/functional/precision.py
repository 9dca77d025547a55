"""Operations that keep float64, which `keras.ops` computes in float32 on PyTorch."""

import math
from collections.abc import Sequence
from typing import Any

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


def _is_double(x: Any) -> bool:
    return "float64" in str(x.dtype)
