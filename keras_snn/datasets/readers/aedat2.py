"""Reads AEDAT 2.0, the format of jAER and of CIFAR10-DVS."""

import re
from pathlib import Path
from typing import NamedTuple

import numpy as np

from keras_snn.datasets.readers.damage import (
    DamagedFileError,
    Recording,
    pack,
    read_bytes,
    refuse,
    split_header,
    unwrap,
    words,
)

PAIR = np.dtype([("address", ">u4"), ("t", ">u4")])


class Chip(NamedTuple):
    """The layout of an event of a camera in the 32 bits of an address.

    Args:
        size: (height, width) of the sensor.
        x: Lowest bit of the column.
        y: Lowest bit of the row.
        p: Bit of the polarity.
        on: Value of that bit in an ON event.
        others: Bits of which one is set in records that are not events: images, motion, triggers.
        unused: Bits that are never set.
    """

    size: tuple[int, int]
    x: int
    y: int
    p: int
    on: int
    others: int
    unused: int


CHIPS = {
    "DVS128": Chip((128, 128), x=8, y=1, p=0, on=0, others=1 << 15, unused=0xFFFF << 16),
    "DAVIS240": Chip((180, 240), x=12, y=22, p=11, on=1, others=1 << 31 | 1 << 10, unused=0),
    "DAVIS346": Chip((260, 346), x=12, y=22, p=11, on=1, others=1 << 31 | 1 << 10, unused=0),
}


def read_aedat2(path: Path) -> Recording:
    """Reads big-endian pairs of an address and microseconds, after lines that begin with `#`.

    The line `AEChip` of the header names the camera; a file without it is from a DVS128. Columns
    and rows are counted from the opposite corner, as in the published CIFAR10-DVS. jAER itself
    shows a DVS128 with the two axes exchanged.

    Args:
        path: The file.

    Returns:
        Events, and (height, width) of the sensor.
    """
    data = read_bytes(path, "a header line that begins with '#'")
    lines, start = split_header(data, b"#")
    if not lines or not lines[0].startswith("!AER-DAT2"):
        raise DamagedFileError(path, 0, "#!AER-DAT2.0", repr(data[:12]))
    chip = _chip(path, lines)
    pairs = words(path, data, start, PAIR, "an address and a time")
    address = pairs["address"].astype("int64")
    places = start + PAIR.itemsize * np.arange(len(pairs))
    refuse(path, address & chip.unused != 0, places, "an address of a DVS128", "higher bits")
    event = address & chip.others == 0
    height, width = chip.size
    x = width - 1 - (address >> chip.x & _mask(width))
    y = height - 1 - (address >> chip.y & _mask(height))
    outside = event & ((x < 0) | (y < 0))
    refuse(path, outside, places, f"an event on {width}x{height} pixels", "one outside")
    p = (address >> chip.p & 1) == chip.on
    t = unwrap(pairs["t"], 2**32)
    return pack(x[event], y[event], t[event], p[event]), chip.size


def _mask(size: int) -> int:
    """Returns a mask of the bits of a coordinate, enough for the largest one."""
    return (1 << (size - 1).bit_length()) - 1


def _chip(path: Path, lines: list[str]) -> Chip:
    """Returns the camera that the header names."""
    text = next((line for line in lines if re.match("AEChip", line)), "DVS128").upper()
    name = next((name for name in CHIPS if name in text), None)
    if name is None:
        raise DamagedFileError(path, 0, f"an AEChip that is one of {', '.join(CHIPS)}", repr(text))
    return CHIPS[name]
