"""Reads HDF5 with compound data sets, groups of columns, or the spike trains of SHD."""

from pathlib import Path
from typing import Any

import numpy as np

from keras_snn import validation
from keras_snn.datasets.events import SPELLINGS, make_recording
from keras_snn.datasets.readers.arrays import pack_columns
from keras_snn.datasets.readers.damage import DamagedFileError, Recording, Size, read_bytes
from keras_snn.extras import import_extra

UNITS = 700  # of the artificial cochlea of SHD and SSC
ATTRIBUTES = (("height", "width"), ("sensor_height", "sensor_width"))


def read_hdf5(
    path: Path, recording: str | int | None = None, time_unit: str | None = None
) -> Recording:
    """Reads one recording of a file.

    A recording is a compound data set, such as Prophesee's `/CD/events`, or a group of columns,
    such as `/events` of DSEC. Its fields x, y, t, p have any usual spelling, and `t_offset`, if it
    exists, is added to the times. A file of SHD or SSC contains one recording per row of `/spikes`,
    with times in seconds and 700 units.

    Args:
        path: The file.
        recording: Name of the recording, or its row in SHD and SSC; None if there is only one.
        time_unit: As in `make_recording`.

    Returns:
        Events, and (height, width), or None if no attribute states it.
    """
    size = len(read_bytes(path, "an HDF5 file"))
    h5py = import_extra("h5py", "data")
    try:
        with h5py.File(path) as file:
            if "spikes/times" in file and "spikes/units" in file:
                return read_spikes(file, recording)
            return _read_events(h5py, file, _choose(h5py, path, file, recording), time_unit)
    except ValueError as error:
        if str(error).startswith("`") or isinstance(error, DamagedFileError):
            raise
        raise _damaged(path, size, error) from error
    except (OSError, RuntimeError, KeyError, TypeError) as error:
        raise _damaged(path, size, error) from error


def _damaged(path: Path, size: int, error: Exception) -> DamagedFileError:
    """Returns the error for a file that h5py cannot read, at byte 0 if it is not HDF5 at all."""
    byte = 0 if "signature" in str(error) else size
    reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
    return DamagedFileError(path, byte, "an HDF5 file", reason)


def _choose(h5py: Any, path: Path, file: Any, recording: str | int | None) -> str:
    """Returns the name of the recording to read."""
    names: list[str] = []
    file.visititems(lambda name, node: names.append(name) if _is_recording(h5py, node) else None)
    if _is_recording(h5py, file):
        names.append("/")
    if not names:
        raise DamagedFileError(path, 0, "a recording with x, y, t, p", f"{sorted(file)}")
    few = ", ".join(map(repr, names[:3])) + (", ..." if len(names) > 3 else "")
    rule = f"name one of the {len(names)} recordings of {path} ({few})"
    chosen = names[0] if recording is None and len(names) == 1 else recording
    validation.require(chosen in names, "recording", rule, recording=recording)
    return str(chosen)


def _is_recording(h5py: Any, node: Any) -> bool:
    """Tells whether a compound data set, or a group of columns, has all four fields."""
    if isinstance(node, h5py.Dataset):
        names = node.dtype.names or ()
    else:
        names = [name for name, child in node.items() if isinstance(child, h5py.Dataset)]
    lower = {name.lower() for name in names}
    return all(lower.intersection(spellings) for spellings in SPELLINGS.values())


def _read_events(h5py: Any, file: Any, name: str, time_unit: str | None) -> Recording:
    """Reads the recording of this name."""
    node = file[name]
    if isinstance(node, h5py.Dataset):
        events = pack_columns(node[()], time_unit)
    else:
        known = {spelling for spellings in SPELLINGS.values() for spelling in spellings}
        events = pack_columns({k: node[k][()] for k in node if k.lower() in known}, time_unit)
    offset = file.get("t_offset") or node.parent.get("t_offset")
    events["t"] += int(offset[()]) if offset is not None else 0
    return events, _size(file, node)


def _size(file: Any, node: Any) -> Size | None:
    """Returns the (height, width) in attributes of the recording or of the file, or None."""
    for attributes in (node.attrs, node.parent.attrs, file.attrs):
        for names in ATTRIBUTES:
            if all(name in attributes for name in names):
                return int(attributes[names[0]]), int(attributes[names[1]])
        if np.shape(attributes.get("sensor_resolution")) == (2,):
            height, width = attributes["sensor_resolution"]
            return int(height), int(width)
    return None


def read_spikes(file: Any, recording: str | int | None) -> Recording:
    """Reads a row of SHD or SSC; its half-precision seconds become microseconds via float64."""
    times, units = file["spikes/times"], file["spikes/units"]
    row = 0 if recording is None and len(times) == 1 else recording
    good = isinstance(row, (int, np.integer)) and 0 <= row < len(times)
    rule = f"be a row from 0 to {len(times) - 1}"
    validation.require(good, "recording", rule, recording=recording)
    x = units[row]
    seconds = times[row].astype("float64")
    events = make_recording(x, np.zeros_like(x), seconds, np.ones_like(x), time_unit="s")
    return events, (1, UNITS)
