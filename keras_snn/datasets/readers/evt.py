"""Reads Prophesee .raw in the encodings EVT2 (32-bit words) and EVT3 (16-bit words)."""

import re
from pathlib import Path

import numpy as np

from keras_snn.datasets.readers.damage import (
    DamagedFileError,
    Recording,
    Size,
    check_inside,
    last_seen,
    pack,
    read_bytes,
    refuse,
    split_header,
    unwrap,
    words,
)

# Kinds of words, which stand in their highest four bits.
EVT2_OFF, EVT2_ON, EVT2_TIME_HIGH, EVT2_KINDS = 0x0, 0x1, 0x8, (0x0, 0x1, 0x8, 0xA, 0xE, 0xF)
Y, X, BASE, VECTOR_12, VECTOR_8, TIME_LOW, TIME_HIGH = 0x0, 0x2, 0x3, 0x4, 0x5, 0x6, 0x8
EVT3_KINDS = (Y, X, BASE, VECTOR_12, VECTOR_8, TIME_LOW, 0x7, TIME_HIGH, 0xA, 0xE, 0xF)
SENSORS = {"gen3": (480, 640), "gen4": (720, 1280), "imx636": (720, 1280), "genx320": (320, 320)}

Columns = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]
"""Index of the word, x, y, t and p of each event, (events,) each."""


def read_raw(path: Path) -> Recording:
    """Reads the encoding that the header names, for example in `evt 2.0` or `format EVT3`.

    The size is that in the header's `geometry` or `format`, otherwise that of the sensor generation
    in the header. Events before the first word of the clock have no time and are refused.

    Args:
        path: The file.

    Returns:
        Events, and (height, width), or None if the header does not state it.
    """
    data = read_bytes(path, "a header line that begins with '%'")
    lines, start = split_header(data, b"% ", end="end")
    text = "\n".join(lines)
    named = re.search(r"^(?:evt |format EVT)([\d.]+)", text, re.MULTILINE)
    version = named[1].removesuffix(".0") if named else ""
    if version not in ("2", "3"):
        found = f"{lines}" if lines else repr(data[:8])
        raise DamagedFileError(path, 0, "a header that names EVT2 or EVT3", found)
    dtype = np.dtype("<u4" if version == "2" else "<u2")
    stream = words(path, data, start, dtype, "a word").astype("int64")
    decode, kinds, shift = (_evt2, EVT2_KINDS, 28) if version == "2" else (_evt3, EVT3_KINDS, 12)
    places = start + dtype.itemsize * np.arange(len(stream))
    unknown = ~np.isin(stream >> shift, kinds)
    refuse(path, unknown, places, f"a word of EVT{version}", "an unknown kind")
    word, x, y, t, p = decode(stream)
    early = (t < 0) | (x < 0)
    refuse(path, early, places[word], "time, row and base column first", "an event")
    size = _size(text)
    check_inside(path, x, y, size, places[word])
    return pack(x, y, t, p), size


def _size(text: str) -> Size | None:
    """Returns the (height, width) in a header, or None."""
    if named := re.search(r"geometry (\d+)x(\d+)", text):
        return int(named[2]), int(named[1])
    height, width = (re.search(rf"{name}=(\d+)", text) for name in ("height", "width"))
    if height and width:
        return int(height[1]), int(width[1])
    text = text.lower()
    return next((size for name, size in SENSORS.items() if name in text), None)


def _evt2(stream: np.ndarray) -> Columns:
    """Decodes events of one word: kind (4 bits), low time (6), x (11) and y (11).

    Other words set the high time.
    """
    kind = stream >> 28
    clock = last_seen(kind == EVT2_TIME_HIGH)
    high = _unwrap_words(stream & 0xFFFFFFF, kind == EVT2_TIME_HIGH, 2**28)
    word = np.flatnonzero((kind == EVT2_OFF) | (kind == EVT2_ON))
    event = stream[word]
    t = np.where(clock[word] < 0, -1, high[clock[word]] << 6 | event >> 22 & 0x3F)
    return word, event >> 11 & 0x7FF, event & 0x7FF, t, kind[word] == EVT2_ON


def _unwrap_words(payload: np.ndarray, marks: np.ndarray, period: int) -> np.ndarray:
    """Returns the payload, with the clock restarts removed in the words where `marks` is True."""
    payload = payload.copy()
    payload[marks] = unwrap(payload[marks], period)
    return payload


def _evt3(stream: np.ndarray) -> Columns:
    """Decodes words that set the row, the time or a base column, or contain events.

    A word contains a single event, or a vector of bits, one per column from the base column on. A
    high time resets the low time to 0; a word with the low time follows.
    """
    kind, payload = stream >> 12, stream & 0xFFF
    row, high = last_seen(kind == Y), last_seen(kind == TIME_HIGH)
    ticks = _unwrap_words(payload, kind == TIME_HIGH, 2**12)
    tick = last_seen((kind == TIME_LOW) | (kind == TIME_HIGH))
    low = np.where(kind[tick] == TIME_LOW, payload[tick], 0)
    t = np.where((high < 0) | (row < 0), -1, ticks[high] << 12 | low)
    word, x, p = _evt3_columns(kind, payload)
    return word, x, payload[row[word]] & 0x7FF, t[word], p


def _evt3_columns(
    kind: np.ndarray, payload: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Returns the index of the word, x and p of each event, in the order of the file."""
    single = np.flatnonzero(kind == X)
    width = np.where(kind == VECTOR_12, 12, np.where(kind == VECTOR_8, 8, 0))
    passed = np.cumsum(width) - width  # number of columns in all vectors before
    vector = np.flatnonzero(width)
    bits = payload[vector, None] >> np.arange(12) & (np.arange(12) < width[vector, None])
    nth, bit = np.nonzero(bits)
    base = last_seen(kind == BASE)[vector]
    x = np.where(base < 0, -12, (payload[base] & 0x7FF) + passed[vector] - passed[base])
    word = np.concatenate([single, vector[nth]])
    order = np.argsort(word, kind="stable")
    columns = np.concatenate([payload[single] & 0x7FF, x[nth] + bit])
    polarity = np.concatenate([payload[single], payload[base][nth]]) >> 11
    return word[order], columns[order], polarity[order]
