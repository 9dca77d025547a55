"""Reads MATLAB .mat with the spike trains of ST-MNIST, recorded by a touch sensor."""

import math
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from keras_snn.datasets.events import make_recording
from keras_snn.datasets.readers.damage import DamagedFileError, Recording, decoding, read_bytes

TRAIN = "spiketrain"
HEADER = 128
ORDERS = {b"IM": "<", b"MI": ">"}
MATRIX, COMPRESSED = 14, 15
NUMBERS = {1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4", 9: "f8"}
NUMBERS |= {12: "i8", 13: "u8"}
NUMERIC_CLASSES = range(6, 16)  # double to uint64
COMPLEX = 1 << 11


def read_mat(path: Path) -> Recording:
    """Reads the matrix `spiketrain` (taxels + 1, times) from a file of MATLAB 5 to 7.

    A taxel is a pixel of the touch sensor. Its row contains its polarity at each time, -1 or 1, or
    0 for no event; the last row contains the times in seconds. The taxels form one row of pixels,
    in the order of the file.

    Args:
        path: The file.

    Returns:
        Events, and (1, taxels).
    """
    data = read_bytes(path, "a MATLAB file")
    if data[126:128] not in ORDERS:
        raise DamagedFileError(path, 0, "a MATLAB file", repr(data[:8]))
    with decoding(path, HEADER, "matrices of numbers"):
        matrices = dict(_matrices(data[HEADER:], ORDERS[data[126:128]]))
    train = matrices.get(TRAIN)
    if train is None:
        raise DamagedFileError(path, 0, f"a matrix of numbers {TRAIN}", f"{sorted(matrices)}")
    if train.ndim != 2 or len(train) < 2:
        expected = f"{TRAIN} of the shape (taxels + 1, times)"
        raise DamagedFileError(path, HEADER, expected, f"{train.shape}")
    *taxels, seconds = train
    step, taxel = np.nonzero(np.transpose(taxels))
    p = np.asarray(taxels)[taxel, step]
    events = make_recording(taxel, np.zeros_like(taxel), seconds[step], p, time_unit="s")
    return events, (1, len(taxels))


def _elements(data: bytes, order: str) -> Iterator[tuple[int, bytes]]:
    """Yields type and content of each element; a short one has its content in its tag."""
    start = 0
    while start + 8 <= len(data):
        kind, size = struct.unpack_from(f"{order}II", data, start)
        start += 8
        if kind >> 16:
            kind, size, start = kind & 0xFFFF, kind >> 16, start - 4
        if start + size > len(data):
            raise ValueError(f"{size} bytes where {len(data) - start} are left")
        yield kind, data[start : start + size]
        start += size if kind == COMPRESSED else size + -(start + size) % 8


def _matrices(data: bytes, order: str) -> Iterator[tuple[str, np.ndarray]]:
    """Yields names and values of the matrices of real numbers."""
    for kind, content in _elements(data, order):
        if kind == COMPRESSED:
            yield from _matrices(zlib.decompress(content), order)
        elif kind == MATRIX:
            flags, sizes, name, *values = _elements(content, order)
            (flag,) = struct.unpack_from(f"{order}I", flags[1])
            if flag & 0xFF in NUMERIC_CLASSES and not flag & COMPLEX:
                yield name[1].decode("latin-1"), _matrix(values[0], sizes[1], order)


def _matrix(values: tuple[int, bytes], sizes: bytes, order: str) -> np.ndarray:
    """Returns the numbers in their shape; MATLAB stores them column by column."""
    kind, content = values
    shape = tuple(np.frombuffer(sizes, f"{order}i4").tolist())
    numbers = np.frombuffer(content, f"{order}{NUMBERS[kind]}")
    if min(shape) < 0 or math.prod(shape) != len(numbers):
        raise ValueError(f"{len(numbers)} numbers for the shape {shape}")
    return numbers.reshape(shape, order="F").astype(numbers.dtype.newbyteorder("="))
