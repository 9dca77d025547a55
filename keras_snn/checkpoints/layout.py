"""Turns arrays from PyTorch's layout into Keras's."""

from typing import Any

import numpy as np


def convert(array: Any, shape: Any, grid: tuple[int, int] | None = None) -> Any:
    """Returns `array` in the layout of a Keras weight, or None if it cannot be that weight.

    Convolutions (out, in, height, width) become (height, width, in, out). Dense projections, which
    the authors also write as convolutions of size 1, (out, in, 1, ...), become (in, out). Scalars
    of shape (1,) become ().

    Args:
        array: The PyTorch array.
        shape: Shape of the Keras weight.
        grid: (height, width) of the map that is flattened before a dense projection, otherwise
            None. PyTorch flattens (channels, height, width), Keras (height, width, channels).
    """
    if len(shape) == 4:
        array = np.transpose(array, (2, 3, 1, 0)) if array.ndim == 4 else array
    elif len(shape) == 2:
        array = _dense(array, grid)
    elif len(shape) == 0 and array.shape == (1,):
        array = array[0]
    return array if array.shape == tuple(shape) else None


def _dense(array: Any, grid: tuple[int, int] | None) -> Any:
    """Turns (out, in), with any further axes of size 1, into (in, out)."""
    if array.ndim < 2 or any(size != 1 for size in array.shape[2:]):
        return array
    array = array.reshape(array.shape[:2])
    if grid is not None and array.shape[1] % (grid[0] * grid[1]) == 0:
        maps = array.reshape(array.shape[0], -1, *grid)  # (out, channels, height, width)
        array = np.transpose(maps, (0, 2, 3, 1)).reshape(array.shape)
    return array.T
