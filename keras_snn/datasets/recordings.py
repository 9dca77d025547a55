"""Reads recordings in parallel, checks them, and cuts them into windows."""

import warnings
from collections.abc import Sequence
from multiprocessing.pool import ThreadPool
from pathlib import Path
from typing import NamedTuple

import numpy as np

from keras_snn import validation
from keras_snn.datasets.folder import Folder
from keras_snn.datasets.readers import FORMATS, choose_format, read_events

Size = tuple[int, int]
SHOWN = 10  # unreadable files that a message lists; it gives the number of the others


class Options(NamedTuple):
    """The way in which recordings are read.

    Args:
        time_unit: Unit of the times of formats that do not fix it.
        in_order: Whether events are sorted by time, stably.
        window: Microseconds per window; None for whole recordings.
        stride: Microseconds from the beginning of one window to that of the next.
    """

    time_unit: str | None
    in_order: bool
    window: int | None
    stride: int | None


class Recording(NamedTuple):
    """A recording that was read.

    Args:
        events: The events, or None where they are read again for each use.
        size: (height, width) of the sensor as the file states it, or None.
        extent: (height, width) of the smallest sensor that contains the events.
        windows: (windows, 2), the events from the first number up to, not including, the second.
    """

    events: np.ndarray | None
    size: Size | None
    extent: Size
    windows: np.ndarray


def read_all(
    folder: Folder, options: Options, sensor_size: Size | None, *, keep: bool, strict: bool
) -> tuple[Folder, list[Recording], Size]:
    """Reads the recordings of a folder in parallel.

    Args:
        folder: The files.
        options: How they are read.
        sensor_size: (height, width) that must contain all events; None takes the files' own.
        keep: Whether the events stay in memory.
        strict: Whether unreadable files are an error; otherwise a warning lists them.

    Returns:
        The readable files, their recordings, and the (height, width) of the sensor.

    Raises:
        ValueError: If files cannot be read (one error lists them all), or the sensor's size is
            needed.
    """

    def attempt(path: Path) -> Recording | str:
        try:
            return _read(path, options, sensor_size, keep)
        except (ValueError, OSError) as error:
            return str(error) if str(path) in str(error) else f"{path}: {error}"

    with ThreadPool() as pool:
        results = pool.map(attempt, folder.paths)
    _report(sorted(result for result in results if isinstance(result, str)), len(results), strict)
    recordings = [result for result in results if isinstance(result, Recording)]
    folder = folder.take(np.array([isinstance(result, Recording) for result in results]))
    return folder, recordings, sensor_size or _common_size(recordings, folder.paths)


def load_events(path: Path, options: Options) -> tuple[np.ndarray, Size | None]:
    """Returns the events of a file, ordered as `options` says, and its sensor size or None."""
    takes = "time_unit" in FORMATS[choose_format(path)].options
    events, size = read_events(path, time_unit=options.time_unit if takes else None)
    if options.in_order and np.any(np.diff(events["t"]) < 0):
        events = events[np.argsort(events["t"], kind="stable")]
    return events, size


def cut_windows(t: np.ndarray, window: int | None, stride: int | None) -> np.ndarray:
    """Cuts a recording into windows that lie wholly inside it.

    Window k holds the events with t[0] + k * stride <= t < t[0] + k * stride + window. A recording
    that is not longer than a window is one sample. A rest after the last window is left out.

    Args:
        t: (events,), times in microseconds, sorted.
        window: Microseconds per window; None for the whole recording.
        stride: Microseconds from the beginning of one window to that of the next.

    Returns:
        (windows, 2), the events of each window: from the first number up to, not including, the
            second.
    """
    if window is None or len(t) == 0 or t[-1] - t[0] < window:
        return np.array([[0, len(t)]])
    starts = np.arange(t[0], t[-1] + 2 - window, stride)
    return np.stack([np.searchsorted(t, starts), np.searchsorted(t, starts + window)], axis=1)


def _read(path: Path, options: Options, sensor_size: Size | None, keep: bool) -> Recording:
    """Reads one file; raises if an event lies outside the sensor."""
    events, size = load_events(path, options)
    extent = _extent(events)
    if sensor_size is not None:
        rule = f"lie on the sensor of {sensor_size[0]} rows and {sensor_size[1]} columns"
        inside = extent[0] <= sensor_size[0] and extent[1] <= sensor_size[1]
        validation.require(inside, "events", rule, y=extent[0] - 1, x=extent[1] - 1)
    windows = cut_windows(events["t"], options.window, options.stride)
    return Recording(events if keep else None, size, extent, windows)


def _extent(events: np.ndarray) -> Size:
    """Returns the (height, width) of the smallest sensor that contains the events."""
    height, width = (int(events[axis].max(initial=-1)) + 1 for axis in "yx")
    return height, width


def _report(problems: list[str], files: int, strict: bool) -> None:
    """Raises one error, or warns once, for all files that cannot be read."""
    if not problems:
        return
    more = f"\n  and {len(problems) - SHOWN} more" if len(problems) > SHOWN else ""
    message = f"{len(problems)} of {files} recordings cannot be read:\n  "
    message += "\n  ".join(problems[:SHOWN]) + more
    if strict or len(problems) == files:
        raise ValueError(message + '\nunreadable="warn" leaves them out.')
    warnings.warn(message, stacklevel=4)


def _common_size(recordings: list[Recording], paths: Sequence[Path]) -> Size:
    """Returns the (height, width) that all files state, or raises."""
    first = recordings[0].size
    for recording, path in zip(recordings, paths, strict=True):
        rule = f"be given as (height, width): {path} does not state it"
        validation.require(recording.size is not None, "sensor_size", rule, sensor_size=None)
        rule = f"be given as (height, width): {paths[0]} has {first}, {path} has {recording.size}"
        validation.require(recording.size == first, "sensor_size", rule, sensor_size=None)
    return first or (0, 0)


def check_windows(window: int | None, stride: int | None) -> None:
    """Refuses a window or a stride that is not a number of microseconds.

    Args:
        window: Microseconds, an integer of at least 1, or None.
        stride: The same; None without `window`.

    Raises:
        ValueError: If one of them is out of range.
    """
    validation.optional_count("window", window)
    validation.optional_count("stride", stride)
    good = stride is None or window is not None
    validation.require(good, "stride", "be None without `window`", stride=stride)
