"""Defines the structured array of events, and understands other spellings of a recording."""

from collections.abc import Mapping
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from keras_snn import validation

Events: TypeAlias = np.ndarray | Mapping[str, Any]

EVENT = np.dtype([("x", "int16"), ("y", "int16"), ("t", "int64"), ("p", "bool")])
"""An event: column, row, microseconds, polarity (ON is True)."""

SPELLINGS = {
    "x": ("x", "xs", "unit", "units"),
    "y": ("y", "ys"),
    "t": ("t", "ts", "time", "times", "timestamp", "timestamps"),
    "p": ("p", "ps", "pol", "polarity", "polarities", "on"),
}
MAX_COORDINATE = np.iinfo("int16").max
LONGEST = 2.0**63
"""Microseconds from here on do not fit into int64."""

MICROSECONDS = {"ns": 1e-3, "us": 1, "ms": 1_000, "s": 1_000_000}
FIELDS = (
    "have the four fields x, y, t, p (a structured array, a dictionary, or an array (events, 4))"
)


class Columns(NamedTuple):
    """The columns of a recording, (events,) each, as the caller gave them; `y`, `p` may be None."""

    x: np.ndarray
    y: np.ndarray | None
    t: np.ndarray
    p: np.ndarray | None


def make_recording(x: Any, y: Any, t: Any, p: Any, *, time_unit: str | None = None) -> np.ndarray:
    """Packs four columns into a structured array of events.

    Args:
        x: (events,), column of the pixel, 0 to 32,767.
        y: (events,), row of the pixel, 0 to 32,767.
        t: (events,), time in microseconds, or in `time_unit`.
        p: (events,), polarity: booleans, 0 and 1, or -1 and 1.
        time_unit: `"us"`, `"ms"`, `"s"` or `"ns"`. None takes integers as microseconds.

    Returns:
        (events,), structured, with the fields of `EVENT`.

    Raises:
        ValueError: If columns differ in length, a coordinate or a polarity is out of range, or
            times are floating-point numbers without a unit.

    Example:
        >>> make_recording([3, 4], [0, 1], [0.5, 0.75], [-1, 1], time_unit="s")["t"].tolist()
        [500000, 750000]
    """
    raw = columns({"x": x, "y": y, "t": t, "p": p})
    events = np.empty(len(raw.t), EVENT)
    events["x"] = whole_numbers("x", raw.x, MAX_COORDINATE)
    events["y"] = whole_numbers("y", np.asarray(raw.y), MAX_COORDINATE)
    events["t"] = microseconds(raw.t, time_unit)
    events["p"] = whole_numbers("p", zero_based(np.asarray(raw.p)), 1)
    return events


def columns(events: Events) -> Columns:
    """Finds the columns of a recording under their usual spellings; `x` and `t` must exist."""
    named = _by_name(events)
    spelt = {field: [name for name in SPELLINGS[field] if name in named] for field in SPELLINGS}
    complete = bool(spelt["x"] and spelt["t"])
    validation.require(complete, "events", FIELDS, fields=sorted(named))
    found = {field: np.asarray(named[names[0]]) for field, names in spelt.items() if names}
    lengths = {field: column.shape for field, column in found.items()}
    same = len(set(lengths.values())) == 1 and len(lengths["t"]) == 1
    validation.require(same, "events", "have columns of one length", **lengths)
    return Columns(found["x"], found.get("y"), found["t"], found.get("p"))


def _by_name(events: Events) -> dict[str, Any]:
    """Returns the columns of a recording by their names in lower case."""
    if isinstance(events, Mapping):
        return {str(name).lower(): column for name, column in events.items()}
    array = np.asarray(events)
    if array.dtype.names:
        return {name.lower(): array[name] for name in array.dtype.names}
    table = array.ndim == 2 and array.shape[1] == 4 and array.dtype.kind in "iufb"
    validation.require(table, "events", FIELDS, type=type(events).__name__, shape=array.shape)
    return dict(zip("xytp", array.T, strict=True))


def whole_numbers(field: str, values: np.ndarray, most: int) -> np.ndarray:
    """Returns a column, or refuses its first value that is not an integer from 0 to `most`."""
    _require_numbers(field, values)
    bad = ~((values >= 0) & (values <= most) & (values == np.floor(values)))
    first = int(np.argmax(bad)) if bad.any() else None
    received = {} if first is None else {field: values[first].item(), "event": first}
    rule = f"have integers {field} from 0 to {most}"
    validation.require(not received, "events", rule, **received)
    return values


def _require_numbers(field: str, values: np.ndarray) -> None:
    """Raises unless a column holds real numbers."""
    rule = f"have numbers in {field}"
    validation.require(values.dtype.kind in "iufb", "events", rule, dtype=str(values.dtype))


def zero_based(p: np.ndarray) -> np.ndarray:
    """Returns polarities -1 and 1 as 0 and 1, and others unchanged."""
    if not (p.dtype.kind in "if" and p.size and p.min() == -1):
        return p
    bad = (p != -1) & (p != 1)
    received = {"p": p[bad][0].item(), "event": int(np.argmax(bad))} if bad.any() else {}
    rule = "have polarities 0 and 1, or -1 and 1"
    validation.require(not received, "events", rule, **received)
    return p > 0


def microseconds(t: np.ndarray, time_unit: str | None = None) -> np.ndarray:
    """Returns times as int64 microseconds; floating-point times need their unit."""
    if time_unit is not None:
        validation.choice("time_unit", time_unit, MICROSECONDS)
    _require_numbers("t", t)
    whole = t.dtype.kind in "iub" or t.size == 0
    rule = 'be "s", "ms", "us" or "ns" where times are floating-point numbers'
    first = t[0].item() if t.size else None
    validation.require(whole or time_unit is not None, "time_unit", rule, time_unit=None, t=first)
    scale = MICROSECONDS[time_unit or "us"]
    large = ~(np.abs(t.astype("float64")) < LONGEST / scale)  # NaN too
    received = {"t": t[large][0].item(), "event": int(np.argmax(large))} if large.any() else {}
    rule = "have finite times of less than 292,000 years"
    validation.require(not received, "events", rule, **received)
    if t.dtype.kind in "iub" and isinstance(scale, int):
        return t.astype("int64") * scale
    return np.rint(t.astype("float64") * scale).astype("int64")
