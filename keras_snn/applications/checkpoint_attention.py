"""Recognizes the attention layers of a PyTorch checkpoint by names and shapes."""

import re
from collections.abc import Mapping
from math import isqrt
from typing import Any

import numpy as np

from keras_snn.applications.row import Row
from keras_snn.layers import FSTA, SMA
from keras_snn.validation import require

Arrays = Mapping[str, np.ndarray]
"""PyTorch's arrays, (out, in, height, width) or (out, in), by our path."""


def kind_of(ours: Arrays) -> str | None:
    """Returns "sma", "fsta" or None."""
    for kind in ("sma", "fsta"):
        if any(f"_{kind}" in path.split("/")[0] for path in ours):
            return kind
    return None


def learned_time_steps(ours: Arrays) -> int | None:
    """Returns the number of time steps, if SMA's time branch or FSTA has it."""
    ends = ("time_branch/squeeze/kernel", "/time_kernel")
    found = {a.shape[1] for path, a in ours.items() if path.endswith(ends) and a.ndim >= 2}
    require(len(found) <= 1, "source", "have one number of time steps", time_steps=sorted(found))
    return found.pop() if found else None


def places_of(ours: Arrays, kind: str, activation: Any, row: Row) -> dict[str, SMA | FSTA]:
    """Returns the attention layer of every place that has one."""
    inside: dict[str, dict[str, np.ndarray]] = {}
    for path, array in ours.items():
        found = re.fullmatch(rf"(.+)_{kind}\d?/(.+)", path)
        if found:
            inside.setdefault(found[1], {})[found[2]] = array
    usual = row.settings[kind]
    if kind == "sma":
        return {place: _sma(arrays, activation, usual) for place, arrays in inside.items()}
    return {place: _fsta(arrays, usual) for place, arrays in inside.items()}


def _sma(arrays: Arrays, activation: Any, usual: Mapping[str, Any]) -> SMA:
    sizes: list[int] = []
    while f"scale{len(sizes)}/conv/kernel" in arrays:
        sizes.append(arrays[f"scale{len(sizes)}/conv/kernel"].shape[-1])
    hidden, channels = _shape_of(arrays, "channel_branch/squeeze/kernel")
    time_attention = "time_branch/squeeze/kernel" in arrays
    return SMA(
        kernel_sizes=tuple(sizes),
        channel_reduction=_divisor(channels, hidden, usual["channel_reduction"]),
        time_reduction=_time_reduction(arrays, usual) if time_attention else 4,
        time_attention=time_attention,
        activation=activation,
    )


def _time_reduction(arrays: Arrays, usual: Mapping[str, Any]) -> float:
    """Returns the usual divisor if it fits, otherwise the exact quotient."""
    hidden, time_steps = _shape_of(arrays, "time_branch/squeeze/kernel")
    fits = int(time_steps / usual["time_reduction"] + 1e-9) == hidden
    return usual["time_reduction"] if fits else time_steps / hidden


def _fsta(arrays: Arrays, usual: Mapping[str, Any]) -> FSTA:
    hidden, filters = _shape_of(arrays, "conv0/kernel")
    size = isqrt(filters)
    rule = "hold FSTA with all filters of a square bank"
    require(size * size == filters, "source", rule, filters=filters)
    bottleneck = "conv1/kernel" in arrays
    reduction = _divisor(filters, hidden, usual.get("reduction", 1)) if bottleneck else 1
    return FSTA(frequency_size=size, reduction=reduction)


def _shape_of(arrays: Arrays, path: str) -> tuple[int, int]:
    """Returns the numbers of outputs and inputs of a projection."""
    good = path in arrays and arrays[path].ndim >= 2
    require(good, "source", "hold all weights of its attention", missing=path)
    return arrays[path].shape[:2]


def _divisor(size: int, hidden: int, usual: int) -> int:
    """Returns a divisor r with size // r == hidden; the usual one if it fits."""
    for divisor in (usual, *range(1, size + 1)):
        if size // divisor == hidden:
            return divisor
    raise ValueError(
        "`source` must have a bottleneck that divides its size. "
        f"Received: size={size}, bottleneck={hidden}"
    )
