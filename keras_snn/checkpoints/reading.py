"""Reads weights from a mapping or a file, as names and arrays."""

import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np

from keras_snn.checkpoints import names
from keras_snn.validation import require

PIP = 'pip install "keras-snn[pytorch]"'
NESTED = ("state_dict", "model_state_dict", "model", "net")
"""The keys under which training programs store the weights in a larger checkpoint."""

BOLD = re.compile("\x1b\\[[0-9;]*m")
"""Matches the terminal codes that torch writes into its errors."""

RAW_DTYPES = {
    "F64": np.float64,
    "F32": np.float32,
    "F16": np.float16,
    "BF16": ml_dtypes.bfloat16,
    "I64": np.int64,
    "I32": np.int32,
    "I16": np.int16,
    "I8": np.int8,
    "U8": np.uint8,
    "BOOL": np.bool_,
}
"""Dtypes by their name in safetensors."""


def read(source: Any) -> dict[str, np.ndarray]:
    """Returns the weights of `source` as PyTorch names and NumPy arrays.

    The prefix `module.`, which models trained in parallel have, is removed, and names that nothing
    reads are left out. If a mapping is found under `state_dict` or `model`, it is taken as the
    weights.

    Args:
        source: A mapping from names to arrays or tensors, or the path of an `.npz`, `.pth`, `.pt`
            or `.safetensors` file.
    """
    entries = _entries(source)
    for key in NESTED:
        if isinstance(entries.get(key), Mapping):
            entries = entries[key]
            break
    arrays = {}
    for key, value in entries.items():
        key = str(key).removeprefix(names.PREFIX)
        if not names.UNREAD.search(key):
            arrays[key] = _array(key, value)
    return arrays


def _entries(source: Any) -> Mapping[str, Any]:
    if isinstance(source, Mapping):
        return source
    good = isinstance(source, (str, os.PathLike)) and Path(source).suffix in READERS
    rule = f"be a mapping from PyTorch names to arrays, or a path that ends in {', '.join(READERS)}"
    require(good, "source", rule, source=source if isinstance(source, str) else type(source))
    path = Path(source)
    require(path.is_file(), "source", "be an existing file", source=str(path))
    return _read_file(path)


def _read_file(path: Path) -> Mapping[str, Any]:
    try:
        entries = READERS[path.suffix](path)
    except ImportError:
        raise
    except Exception as error:  # a broken file can make its reader raise anything
        reason = BOLD.sub("", (str(error).strip().splitlines() or [""])[0])
        raise ValueError(
            f"`source` must be a whole {path.suffix} file that holds only arrays. "
            f"Received: source={str(path)!r} ({type(error).__name__}: {reason})"
        ) from None
    require(isinstance(entries, Mapping), "source", "hold a mapping", source=str(path))
    return entries


def _read_npz(path: Path) -> Mapping[str, Any]:
    with path.open("rb") as file, np.load(file, allow_pickle=False) as data:
        return {name: data[name] for name in data.files}


def _read_torch(path: Path) -> Mapping[str, Any]:
    """Reads only tensors and plain containers: torch refuses a pickle that would run code."""
    torch = _import("torch", path)
    return torch.load(path, map_location="cpu", weights_only=True)


def _read_safetensors(path: Path) -> Mapping[str, Any]:
    safetensors = _import("safetensors", path)
    return {
        name: np.frombuffer(entry["data"], RAW_DTYPES[entry["dtype"]]).reshape(entry["shape"])
        for name, entry in safetensors.deserialize(path.read_bytes())
    }


READERS: dict[str, Callable[[Path], Mapping[str, Any]]] = {
    ".npz": _read_npz,
    ".pth": _read_torch,
    ".pt": _read_torch,
    ".safetensors": _read_safetensors,
}


def _import(module: str, path: Path) -> Any:
    try:
        return __import__(module)
    except ImportError:
        raise ImportError(
            f"Reading {path.name} needs {module}, which is not installed: {PIP}"
        ) from None


def _array(key: str, value: Any) -> np.ndarray:
    if hasattr(value, "detach"):  # a torch tensor, and NumPy has no bfloat16
        value = value.detach().cpu()
        value = value.float() if str(value.dtype) == "torch.bfloat16" else value
    array = np.asarray(value)
    numeric = array.dtype.kind in "fiub" or array.dtype == ml_dtypes.bfloat16
    require(numeric, "source", "hold only arrays of numbers", key=key, dtype=str(array.dtype))
    return array.astype(np.float32) if array.dtype == ml_dtypes.bfloat16 else array
