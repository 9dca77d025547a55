"""Makes batches of inputs and labels from the forms that a user's data can have."""

from collections.abc import Iterable, Iterator
from typing import Any

import keras

BATCH_SIZE = 32


def batches(model: Any, data: Any, batch_size: int = BATCH_SIZE) -> Iterator[tuple[Any, Any]]:
    """Yields pairs (inputs, labels); labels are None if the data have none.

    Args:
        model: The model that will take the inputs. Its number of inputs decides whether a list
            holds several inputs or several batches.
        data: Arrays, which are cut into batches: one array, a dictionary or, for a model with
            several inputs, a list of arrays; alone or in a tuple (inputs, labels). Anything else is
            an iterable of batches, such as a `tf.data.Dataset`, a `keras.utils.PyDataset` or a
            list.
        batch_size: Samples per batch of arrays.
    """
    inputs, labels = _pair(model, data)
    if _is_arrays(model, inputs):
        whole = (inputs,) if labels is None else (inputs, labels)
        yield from (_pair(model, batch) for batch in _cut(whole, batch_size))
    else:
        yield from (_pair(model, batch) for batch in _items(data))


def size_of(inputs: Any) -> int:
    """Returns the number of samples in a batch."""
    return int(keras.tree.flatten(inputs)[0].shape[0])


def _pair(model: Any, batch: Any) -> tuple[Any, Any]:
    """Splits (inputs, labels, ...) and (inputs,), but not a tuple of all inputs of the model."""
    if not isinstance(batch, tuple) or _fills(model, batch):
        return batch, None
    return batch[0], batch[1] if len(batch) > 1 else None


def _fills(model: Any, batch: Any) -> bool:
    """Tells whether a list or tuple of arrays has one array for each of several inputs."""
    count = len(getattr(model, "inputs", None) or [None])
    return count == len(batch) > 1 and all(hasattr(x, "shape") for x in batch)


def _is_arrays(model: Any, inputs: Any) -> bool:
    several = isinstance(inputs, (list, tuple)) and _fills(model, inputs)
    return hasattr(inputs, "shape") or isinstance(inputs, dict) or several


def _cut(arrays: tuple[Any, ...], batch_size: int) -> Iterator[tuple[Any, ...]]:
    for first in range(0, size_of(arrays), batch_size):
        part = slice(first, first + batch_size)
        yield keras.tree.map_structure(lambda array, part=part: array[part], arrays)


def _items(data: Any) -> Iterable[Any]:
    if isinstance(data, keras.utils.PyDataset):
        return (data[i] for i in range(data.num_batches or 0))
    return data
