"""Reads ATIS .bin, the format of N-MNIST and N-Caltech101."""

from pathlib import Path

import numpy as np

from keras_snn.datasets.readers.damage import (
    Recording,
    Size,
    check_inside,
    pack,
    read_bytes,
    refuse,
    words,
)

EVENT_BYTES = np.dtype(("u1", 5))
ATIS_HEIGHT = 240  # rows of the sensor; row 240 marks an overflow of the clock


def read_atis(path: Path, size: Size | None = None) -> Recording:
    """Reads five bytes per event: column, row, polarity (1 bit) and microseconds (23 bits).

    The file has no header, so it does not state the sensor's size.

    Args:
        path: The file.
        size: (height, width) of the sensor, which must contain all events; None if unknown.

    Returns:
        Events, and `size`.
    """
    data = read_bytes(path, "events of 5 bytes")
    rows = words(path, data, 0, EVENT_BYTES, "an event").astype("int64")
    x, y, high, middle, low = rows.T
    places = 5 * np.arange(len(rows)) + 1
    refuse(path, y >= ATIS_HEIGHT, places, f"a row below {ATIS_HEIGHT}", "an overflow of the clock")
    check_inside(path, x, y, size, places - 1)
    return pack(x, y, (high & 127) << 16 | middle << 8 | low, high >> 7), size
