"""Operations that keep float64, which Keras computes in float32 on JAX and PyTorch."""

import contextlib
import math
from collections.abc import Iterator, Sequence
from typing import Any

import keras
from keras import ops


def matmul(a: Any, b: Any) -> Any:
    """Multiplies matrices, as `ops.matmul`."""
    a, b = ops.convert_to_tensor(a), ops.convert_to_tensor(b)
    return a @ b if _is_double(a) else ops.matmul(a, b)


def mean(x: Any, axis: int | Sequence[int], keepdims: bool = False) -> Any:
    """Takes the mean over axes, as `ops.mean`."""
    axes = (axis,) if isinstance(axis, int) else axis
    sizes = [x.shape[axis] for axis in axes]
    if None in sizes or not _is_double(x):
        return ops.mean(x, axis=axis, keepdims=keepdims)
    return ops.sum(x, axis=axis, keepdims=keepdims) / math.prod(sizes)


@contextlib.contextmanager
def float64_kept() -> Iterator[None]:
    """Lets Keras itself, and so its own layers, compute float64 tensors in float64.

    On JAX and PyTorch, Keras takes the dtype of results from a private table, in which float64
    stands for float32. Within this context the table is right. JAX also needs JAX_ENABLE_X64=1.

    Example:
        >>> with keras_snn.functional.precision.float64_kept():
        ...     keras.backend.result_type("float64", "float32")
        'float64'

    Raises:
        ImportError: With a version of Keras that has no such table.
    """
    from keras.src.backend.common.dtypes import BIT64_TO_BIT32_DTYPE as NARROWED

    before = dict(NARROWED)
    NARROWED["float64"] = "float64"
    try:
        yield
    finally:
        NARROWED.update(before)


def wide_dtype(dtype: Any) -> str:
    """Gives the dtype for sums and states of values of `dtype`: float64 or float32.

    `keras.backend.result_type` would give float32 for float64 on JAX and PyTorch.
    """
    return "float64" if keras.backend.standardize_dtype(dtype) == "float64" else "float32"


def _is_double(x: Any) -> bool:
    return wide_dtype(x.dtype) == "float64"
