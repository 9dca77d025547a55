"""Reads AEDAT 4, the current format of iniVation, through the package aedat."""

import struct
from pathlib import Path

import numpy as np

from keras_snn.datasets.events import EVENT
from keras_snn.datasets.readers.damage import (
    DamagedFileError,
    Recording,
    check_inside,
    decoding,
    pack,
    read_bytes,
)
from keras_snn.extras import import_extra

MAGIC = b"#!AER-DAT4.0\r\n"
PREFIX = struct.Struct("<II")  # of each packet: number of its stream, size in bytes


def read_aedat4(path: Path) -> Recording:
    """Reads the first stream of events; times are microseconds since 1970.

    Args:
        path: The file.

    Returns:
        Events, and (height, width) of the sensor.
    """
    data = read_bytes(path, "#!AER-DAT4.0")
    if not data.startswith(MAGIC):
        raise DamagedFileError(path, 0, "#!AER-DAT4.0", repr(data[:12]))
    aedat = import_extra("aedat", "data")
    with decoding(path, _first_damage(data), "a whole packet"):
        decoder = aedat.Decoder(str(path))
        streams = decoder.id_to_stream()
        wanted = next((k for k in sorted(streams) if streams[k]["type"] == "events"), None)
        parts = [p["events"] for p in decoder if p["stream_id"] == wanted and "events" in p]
    if wanted is None:
        raise DamagedFileError(path, len(MAGIC), "a stream of events", f"{streams}")
    size = streams[wanted]["height"], streams[wanted]["width"]
    return np.concatenate(
        [np.empty(0, EVENT), *(_events(path, part, size) for part in parts)]
    ), size


def _events(path: Path, packet: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Returns the events of one packet in our type."""
    x, y, on = packet["x"], packet["y"], packet["on"]
    check_inside(path, x, y, size, np.full(len(x), len(MAGIC)))
    return pack(x, y, packet["t"].astype("int64"), on)


def _first_damage(data: bytes) -> int:
    """Returns the position of the first incomplete packet, or of the last one if there is none."""
    start = len(MAGIC)
    if len(data) < start + 4:
        return len(data)
    following = start + 4 + struct.unpack_from("<I", data, start)[0]
    while following < len(data):
        start = following
        if start + PREFIX.size > len(data):
            return start
        following += PREFIX.size + PREFIX.unpack_from(data, start)[1]
    return start
