"""Reads .csv and .txt with one event per line."""

import re
from pathlib import Path

import numpy as np

from keras_snn.datasets.readers.arrays import pack_columns
from keras_snn.datasets.readers.damage import DamagedFileError, Recording, read_bytes

SEPARATOR = re.compile(r"\s*[,;\t]\s*|\s+")
COMMENT = "#"
EXACT = 2.0**53  # float64 holds every integer below this one


def read_text(path: Path, time_unit: str | None = None) -> Recording:
    """Reads lines of numbers that are separated by commas, semicolons or white space.

    The first line may name the columns in any usual spelling. Without such a line they are x, y, t,
    p. Lines that begin with `#` are comments. Times without a decimal point are microseconds,
    unless `time_unit` is given.

    Args:
        path: The file.
        time_unit: As in `make_recording`; times with a decimal point need it.

    Returns:
        Events, and None.
    """
    lines = read_bytes(path, "a line of x, y, t, p").decode("latin-1").splitlines(keepends=True)
    kept = [index for index, line in enumerate(lines) if _is_content(line)]
    names = ["x", "y", "t", "p"]
    if kept and not all(map(_is_number, _split(lines[kept[0]]))):
        names = [name.strip("\"'") for name in _split(lines[kept.pop(0)])]
    table = _numbers(path, lines, kept, len(names))
    fields = {
        name: _whole(table[:, column], lines, kept, column) for column, name in enumerate(names)
    }
    return pack_columns(fields, time_unit), None


def _is_content(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith(COMMENT)


def _split(line: str) -> list[str]:
    return SEPARATOR.split(line.strip())


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True


def _numbers(path: Path, lines: list[str], kept: list[int], count: int) -> np.ndarray:
    """Returns the numbers (lines, count) as float64, which is exact for times up to 2**53."""
    joined = (SEPARATOR.sub(" ", lines[index].strip()) for index in kept)
    try:
        table = np.loadtxt(joined, dtype="float64", ndmin=2) if kept else np.empty((0, count))
    except ValueError:
        table = np.empty((0, 0))
    if table.shape[1] == count:
        return table
    for index in kept:
        found = _split(lines[index])
        if len(found) != count or not all(map(_is_number, found)):
            byte = sum(len(line.encode("latin-1")) for line in lines[:index])
            expected = f"{count} numbers in line {index + 1}"
            raise DamagedFileError(path, byte, expected, repr(lines[index].strip()))
    raise DamagedFileError(path, 0, f"lines of {count} numbers", f"{table.shape[1]}")


def _whole(column: np.ndarray, lines: list[str], kept: list[int], place: int) -> np.ndarray:
    """Returns the column as integers if the file writes it without a decimal point."""
    written = all("." not in _split(lines[index])[place] for index in kept[:1])
    exact = (np.abs(column) < EXACT) & (column == np.rint(column))
    return column.astype("int64") if written and exact.all() else column
