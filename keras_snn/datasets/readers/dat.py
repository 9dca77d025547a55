"""Reads Prophesee .dat, the format of N-Cars and of Prophesee's automotive data sets."""

import re
from pathlib import Path

import numpy as np

from keras_snn.datasets.readers.damage import (
    DamagedFileError,
    Recording,
    Size,
    check_inside,
    pack,
    read_bytes,
    split_header,
    unwrap,
    words,
)

PAIR = np.dtype([("t", "<u4"), ("word", "<u4")])
EVENT_TYPES = (0, 12)  # two codes of the same type: changes of contrast


def read_dat(path: Path) -> Recording:
    """Reads pairs of microseconds and a word of 14 bits for x, 14 for y and 4 for the polarity.

    Args:
        path: The file.

    Returns:
        Events, and (height, width), or None if the header does not state it.
    """
    data = read_bytes(path, "a header line that begins with '%'")
    lines, start = split_header(data, b"%")
    if not lines:
        raise DamagedFileError(path, 0, "a header line that begins with '%'", repr(data[:8]))
    if "Version 2" not in lines:
        raise DamagedFileError(path, 0, "a header line '% Version 2'", f"{lines}")
    if len(data) < start + 2 or data[start] not in EVENT_TYPES or data[start + 1] != PAIR.itemsize:
        expected = "the type (0 or 12) and the size (8) of events"
        raise DamagedFileError(path, start, expected, f"{list(data[start : start + 2])}")
    pairs = words(path, data, start + 2, PAIR, "an event")
    size = _size(lines)
    x, y, p = pairs["word"] & 0x3FFF, pairs["word"] >> 14 & 0x3FFF, pairs["word"] >> 28
    places = start + 2 + PAIR.itemsize * np.arange(len(pairs))
    check_inside(path, x, y, size, places)
    return pack(x, y, unwrap(pairs["t"], 2**32), p != 0), size


def _size(lines: list[str]) -> Size | None:
    """Returns (height, width) from header lines such as `Height 240` and `Width 304`."""
    text = "\n".join(lines)
    found = [re.search(rf"^{name}\s+(\d+)", text, re.MULTILINE) for name in ("Height", "Width")]
    height, width = (int(match[1]) if match else 0 for match in found)
    return (height, width) if height and width else None
