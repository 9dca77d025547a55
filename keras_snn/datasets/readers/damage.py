"""Helpers of the readers of binary files: headers, words, clocks, and the error for damage."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from keras_snn.datasets.events import EVENT, MAX_COORDINATE

Size = tuple[int, int]
Recording = tuple[np.ndarray, Size | None]
"""Events, and (height, width) of the sensor, or None if the file does not state it."""


class DamagedFileError(ValueError):
    """The error for a recording that does not follow its format.

    Args:
        path: The file.
        byte: Position of the first damage in the file.
        expected: Content that the format requires there.
        found: Content of the file there.
    """

    def __init__(self, path: Path, byte: int, expected: str, found: str) -> None:
        super().__init__(f"{path} is damaged at byte {byte}: expected {expected}, found {found}")
        self.path, self.byte, self.expected, self.found = path, byte, expected, found

    def __reduce__(self) -> tuple:
        return type(self), (self.path, self.byte, self.expected, self.found)


@contextlib.contextmanager
def decoding(path: Path, byte: int, expected: str) -> Iterator[None]:
    """Turns any error of a library that decodes a damaged file into `DamagedFileError`.

    Args:
        path: The file.
        byte: Position to report, which libraries do not.
        expected: Content that the library decodes.
    """
    try:
        yield
    except (ImportError, DamagedFileError):
        raise
    except BaseException as error:  # a panic of Rust is not an Exception
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise DamagedFileError(path, byte, expected, reason) from error


def read_bytes(path: Path, expected: str) -> bytes:
    """Returns the content of a file, which must not be empty."""
    data = path.read_bytes()
    if not data:
        raise DamagedFileError(path, 0, expected, "an empty file")
    return data


def split_header(data: bytes, mark: bytes, end: str | None = None) -> tuple[list[str], int]:
    """Returns the lines of a header without their mark, and the position of the byte after them.

    Args:
        data: Content of the file.
        mark: Beginning of every header line.
        end: Text of the line that ends the header, if the format has one.
    """
    lines: list[str] = []
    start = 0
    while data.startswith(mark, start) and (stop := data.find(b"\n", start)) >= 0:
        lines.append(data[start + len(mark) : stop].decode("latin-1").strip())
        start = stop + 1
        if lines[-1] == end:
            break
    return lines, start


def words(path: Path, data: bytes, start: int, dtype: np.dtype, what: str) -> np.ndarray:
    """Returns the rest of a file as words of a type; raises if the last one is incomplete."""
    rest = (len(data) - start) % dtype.itemsize
    if rest:
        expected = f"{dtype.itemsize} bytes of {what}"
        raise DamagedFileError(path, len(data) - rest, expected, f"{rest}")
    return np.frombuffer(data, dtype, offset=start)


def refuse(path: Path, bad: np.ndarray, bytes_: np.ndarray, expected: str, found: str) -> None:
    """Raises for the first event that is `bad`.

    Args:
        path: The file.
        bad: (events,), booleans.
        bytes_: (events,), position of each event in the file.
        expected: Description of a good event.
        found: Description of the bad one.
    """
    if bad.any():
        raise DamagedFileError(path, int(bytes_[np.argmax(bad)]), expected, found)


def check_inside(
    path: Path, x: np.ndarray, y: np.ndarray, size: Size | None, bytes_: np.ndarray
) -> None:
    """Raises for the first event outside the sensor, or beyond 32,767 if its size is None."""
    height, width = size or (MAX_COORDINATE + 1, MAX_COORDINATE + 1)
    bad = (x < 0) | (x >= width) | (y < 0) | (y >= height)
    if bad.any():
        first = int(np.argmax(bad))
        expected = f"an event on a sensor of {width}x{height} pixels"
        found = f"x={int(x[first])}, y={int(y[first])}"
        raise DamagedFileError(path, int(bytes_[first]), expected, found)


def unwrap(t: np.ndarray, period: int) -> np.ndarray:
    """Returns int64 times without the jumps of a clock that restarts after `period`."""
    t = t.astype("int64")
    falls = np.diff(t, prepend=t[:1]) < -(period // 2)
    return t + period * np.cumsum(falls)


def last_seen(marks: np.ndarray) -> np.ndarray:
    """Returns for each index the last one up to it where `marks` is True, or -1 for none."""
    return np.maximum.accumulate(np.where(marks, np.arange(len(marks)), -1))


def pack(x: np.ndarray, y: np.ndarray, t: np.ndarray, p: np.ndarray) -> np.ndarray:
    """Packs columns with values that fit into a structured array of events."""
    events = np.empty(len(t), EVENT)
    events["x"], events["y"], events["t"], events["p"] = x, y, t, p
    return events
