"""Reads event recordings; there is one module per format, chosen by suffix and header."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np

from keras_snn import validation
from keras_snn.datasets.readers.aedat2 import read_aedat2
from keras_snn.datasets.readers.aedat3 import read_aedat3
from keras_snn.datasets.readers.aedat4 import read_aedat4
from keras_snn.datasets.readers.arrays import read_npy, read_npz
from keras_snn.datasets.readers.atis import read_atis
from keras_snn.datasets.readers.damage import DamagedFileError, Recording
from keras_snn.datasets.readers.dat import read_dat
from keras_snn.datasets.readers.evt import read_raw
from keras_snn.datasets.readers.hdf5 import read_hdf5
from keras_snn.datasets.readers.matlab import read_mat
from keras_snn.datasets.readers.text import read_text

__all__ = ["FORMATS", "SUFFIXES", "DamagedFileError", "choose_format", "read_events"]


class Format(NamedTuple):
    """A row of the table of formats.

    Args:
        suffixes: Suffixes of the files, in lower case.
        read: Function of the path and the options.
        options: Names of the options that it takes, among `recording` and `time_unit`.
        magic: First bytes of the files, for formats that share a suffix.
    """

    suffixes: tuple[str, ...]
    read: Callable[..., Recording]
    options: tuple[str, ...] = ()
    magic: bytes = b""


FORMATS = {
    "atis": Format((".bin",), read_atis),
    "aedat2": Format((".aedat",), read_aedat2, magic=b"#!AER-DAT2"),
    "aedat3": Format((".aedat",), read_aedat3, magic=b"#!AER-DAT3"),
    "aedat4": Format((".aedat4", ".aedat"), read_aedat4, magic=b"#!AER-DAT4"),
    "dat": Format((".dat",), read_dat),
    "raw": Format((".raw",), read_raw),
    "hdf5": Format((".h5", ".hdf5", ".hdf"), read_hdf5, ("recording", "time_unit")),
    "npy": Format((".npy",), read_npy, ("time_unit",)),
    "npz": Format((".npz",), read_npz, ("time_unit",)),
    "csv": Format((".csv", ".txt"), read_text, ("time_unit",)),
    "mat": Format((".mat",), read_mat),
}
SUFFIXES = tuple(sorted({suffix for row in FORMATS.values() for suffix in row.suffixes}))


def read_events(
    path: str | os.PathLike,
    *,
    format: str | None = None,
    recording: str | int | None = None,
    time_unit: str | None = None,
) -> tuple[np.ndarray, tuple[int, int] | None]:
    """Reads a recording of an event camera.

    Args:
        path: The file.
        format: Name of the format: `"atis"`, `"aedat2"`, `"aedat3"`, `"aedat4"`, `"dat"`, `"raw"`,
            `"hdf5"`, `"npy"`, `"npz"`, `"csv"` or `"mat"`. None chooses by suffix and header.
        recording: Name or row of the recording, for `"hdf5"` files that hold several.
        time_unit: Unit of the times, `"us"`, `"ms"`, `"s"` or `"ns"`, for `"hdf5"`, `"npy"`,
            `"npz"` and `"csv"`. None takes integers as microseconds and refuses other times.

    Returns:
        Structured array (events,) in the order of the file with the fields x, y, t (int64,
        microseconds) and p (True for ON); and (height, width) of the sensor, or None if the file
        does not state it.

    Raises:
        DamagedFileError: A `ValueError` with the file, the byte, what was expected there and what
            was found. No event of a damaged file is returned.
        ValueError: If no format has the suffix, or the format does not take an option.
        FileNotFoundError: If there is no such file.

    Example:
        >>> events, (height, width) = keras_snn.datasets.read_events("recording.aedat4")
        >>> frames = keras_snn.datasets.to_frames(events, (height, width), time_steps=10)
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"There is no file {path}")
    row = FORMATS[choose_format(path, format)]
    given = {"recording": recording, "time_unit": time_unit}
    options = {name: value for name, value in given.items() if value is not None}
    for name, value in options.items():
        rule = f"be None for {path.name}"
        validation.require(name in row.options, name, rule, **{name: value})
    return row.read(path, **options)


def choose_format(path: Path, format: str | None = None) -> str:
    """Returns the given name of a format, or chooses one by the file's suffix and header."""
    if format is not None:
        return validation.choice("format", format, FORMATS)
    suffix = path.suffix.lower()
    names = [name for name, row in FORMATS.items() if suffix in row.suffixes]
    rule = f"have one of the suffixes {', '.join(SUFFIXES)}, or `format` must be given"
    validation.require(bool(names), "path", rule, path=str(path))
    with path.open("rb") as file:
        start = file.read(16)
    return next(
        (n for n in names if FORMATS[n].magic and start.startswith(FORMATS[n].magic)), names[0]
    )
