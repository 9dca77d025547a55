"""Reads AEDAT 3.1, the format of DVS128 Gesture."""

import struct
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from keras_snn.datasets.events import EVENT
from keras_snn.datasets.readers.damage import (
    DamagedFileError,
    Recording,
    Size,
    check_inside,
    pack,
    read_bytes,
    split_header,
)

HEADER = struct.Struct("<HHIIIIII")  # type, source, size, offset, overflow, capacity, number, valid
POLARITY, POLARITY_BYTES = 1, 8
SIZES = {
    "DVS128": (128, 128),
    "DAVIS240": (180, 240),
    "DAVIS346": (260, 346),
    "DAVIS640": (480, 640),
    "DVXPLORER": (480, 640),
}


def read_aedat3(path: Path) -> Recording:
    """Reads packets of little-endian words, which follow a header that ends with `#!END-HEADER`.

    Only polarity events are returned, without slots that are empty or marked as invalid.

    Args:
        path: The file.

    Returns:
        Events, and (height, width), or None if the header names no known camera.
    """
    data = read_bytes(path, "#!AER-DAT3.1")
    lines, start = split_header(data, b"#", end="!END-HEADER")
    if not lines or not lines[0].startswith("!AER-DAT3"):
        raise DamagedFileError(path, 0, "#!AER-DAT3.1", repr(data[:12]))
    if lines[-1] != "!END-HEADER":
        raise DamagedFileError(path, start, "a line #!END-HEADER", repr(data[start : start + 8]))
    size = _size(lines)
    parts = [_events(path, size, *packet) for packet in _packets(path, data, start)]
    return np.concatenate([np.empty(0, EVENT), *parts]), size


def _size(lines: list[str]) -> Size | None:
    """Returns the (height, width) of the camera in a header line such as `Source 1: DVS128`."""
    text = " ".join(line for line in lines if line.startswith("Source")).upper()
    return next((size for name, size in SIZES.items() if name in text), None)


def _packets(path: Path, data: bytes, start: int) -> Iterator[tuple[np.ndarray, int, int]]:
    """Yields words of used slots, overflows of the clock, and position of each polarity packet."""
    while start < len(data):
        if len(data) - start < HEADER.size:
            found = f"{len(data) - start}"
            raise DamagedFileError(path, start, f"{HEADER.size} bytes of a packet's header", found)
        kind, _, size, _, overflow, capacity, number, _ = HEADER.unpack_from(data, start)
        _check_packet(path, start, kind, size, capacity, number)
        start += HEADER.size
        if len(data) - start < capacity * size:
            expected = f"{capacity * size} bytes of {capacity} events"
            raise DamagedFileError(path, start, expected, f"{len(data) - start}")
        if kind == POLARITY:
            slots = np.frombuffer(data, "<u4", 2 * number, start).reshape(-1, 2)
            yield slots, overflow, start
        start += capacity * size


def _check_packet(path: Path, start: int, kind: int, size: int, capacity: int, number: int) -> None:
    """Refuses a header that contradicts itself."""
    if kind == POLARITY and size != POLARITY_BYTES:
        found = f"size {size}"
        raise DamagedFileError(path, start + 4, f"events of {POLARITY_BYTES} bytes", found)
    if number > capacity:
        found = f"{number} events"
        raise DamagedFileError(path, start + 20, f"at most {capacity} events", found)


def _events(
    path: Path, size: Size | None, slots: np.ndarray, overflow: int, start: int
) -> np.ndarray:
    """Returns the valid events of one packet."""
    valid = slots[:, 0] & 1 == 1
    places = start + POLARITY_BYTES * np.flatnonzero(valid)
    word, t = slots[valid].astype("int64").T
    x, y = word >> 17 & 0x7FFF, word >> 2 & 0x7FFF
    check_inside(path, x, y, size, places)
    return pack(x, y, t | overflow << 31, word >> 1 & 1)
