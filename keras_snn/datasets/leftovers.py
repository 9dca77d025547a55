"""Removes what killed preparations of a data set left on disk."""

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

try:
    import fcntl
except ImportError:  # on Windows
    fcntl = None  # type: ignore[assignment]

UNFINISHED = "*/incomplete.*"  # as tensorflow-datasets names what it is writing


@contextlib.contextmanager
def preparing(folder: Path) -> Iterator[None]:
    """Locks the folder of a data set during a preparation, and first removes leftovers.

    tensorflow-datasets writes a data set into a folder `incomplete.*`, and the list of its
    settings into a file `.config/incomplete.*`, and renames them at the end. It removes them after
    an error, but cannot do so after a kill. Therefore every preparation shares a lock on the data
    set's folder, which the operating system releases when the process ends, killed or not. If no
    other process holds the lock at the beginning, everything named `incomplete.*` in the data set,
    whatever its settings, is a leftover and is removed. While another process prepares the data
    set, and where folders cannot be locked (on Windows and some network file systems), nothing is
    removed.

    Args:
        folder: The data set's folder, which contains one folder per settings.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with contextlib.ExitStack() as stack:
        if fcntl is not None:
            with contextlib.suppress(OSError):  # locks are not supported
                handle = os.open(folder, os.O_RDONLY)
                stack.callback(os.close, handle)
                _remove_leftovers(folder, handle)
                fcntl.flock(handle, fcntl.LOCK_SH)
        yield


def _remove_leftovers(folder: Path, handle: int) -> None:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:  # another process holds the lock
        return
    for leftover in folder.glob(UNFINISHED):
        if leftover.is_dir():
            shutil.rmtree(leftover, ignore_errors=True)
        else:
            leftover.unlink()
