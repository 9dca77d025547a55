"""Reads .npy and .npz with structured arrays, columns, or arrays (events, 4)."""

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from keras_snn import validation
from keras_snn.datasets.events import FIELDS, Events, columns, make_recording
from keras_snn.datasets.readers.damage import Recording, decoding, read_bytes


def read_npy(path: Path, time_unit: str | None = None) -> Recording:
    """Reads a structured array, or an array (events, 4) with the columns x, y, t, p.

    Args:
        path: The file.
        time_unit: As in `make_recording`.

    Returns:
        Events, and None.
    """
    return pack_columns(_load(path, "a NumPy array (.npy)"), time_unit), None


def read_npz(path: Path, time_unit: str | None = None) -> Recording:
    """Reads the arrays x, y, t and p, or a single array as in a `.npy` file.

    Args:
        path: The file.
        time_unit: As in `make_recording`.

    Returns:
        Events, and None.
    """
    arrays = _load(path, "NumPy arrays (.npz)")
    only = next(iter(arrays.values())) if len(arrays) == 1 else arrays
    return pack_columns(only, time_unit), None


def pack_columns(events: Events, time_unit: str | None = None) -> np.ndarray:
    """Packs a recording in any of the usual spellings; all four fields must exist."""
    found = columns(events)
    complete = found.y is not None and found.p is not None
    names = sorted(events) if isinstance(events, Mapping) else events.dtype.names
    validation.require(complete, "events", FIELDS, fields=names)
    return make_recording(found.x, found.y, found.t, found.p, time_unit=time_unit)


def _load(path: Path, expected: str) -> Any:
    """Reads a file with NumPy; returns an array or a dictionary of arrays."""
    data = read_bytes(path, expected)
    with decoding(path, len(data), expected):
        loaded = np.load(io.BytesIO(data), allow_pickle=False)
        return loaded if isinstance(loaded, np.ndarray) else dict(loaded)
