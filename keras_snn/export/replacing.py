"""Putting a file or a folder in the place of another, such that one of them always stands there."""

import ctypes
import os
from pathlib import Path

ASIDE = "before_"
"""Start of the name of a folder that was moved aside; the name that it had follows."""


def replace(path: Path, target: Path) -> None:
    """Moves `path` to `target`, and what stood there into the folder of `path`.

    A file is replaced in one step on every system. For a folder Linux can exchange two names in one
    step. Elsewhere the old folder is moved aside first: a process that is killed between the two
    moves leaves the old folder there, for `put_back`.
    """
    if not target.is_dir():
        os.replace(path, target)
    elif not _exchange(path, target):
        _replace_in_two_moves(path, target)


def put_back(folder: Path, parent: Path) -> None:
    """Moves what `replace` had moved aside back into `parent`, where nothing took its place."""
    for aside in folder.glob(f"{ASIDE}*"):
        target = parent / aside.name.removeprefix(ASIDE)
        if not target.exists():
            os.replace(aside, target)


def _replace_in_two_moves(path: Path, target: Path) -> None:
    aside = path.parent / f"{ASIDE}{target.name}"
    os.replace(target, aside)
    try:
        os.replace(path, target)
    except BaseException:
        os.replace(aside, target)
        raise


AT_CURRENT_FOLDER, RENAME_EXCHANGE = -100, 2
"""Constants of Linux's renameat2(2)."""


def _exchange(path: Path, target: Path) -> bool:
    """Exchanges the names of two paths in one step; False where the system cannot."""
    rename = getattr(ctypes.CDLL(None), "renameat2", None) if os.name == "posix" else None
    if rename is None:
        return False
    names = os.fsencode(path), os.fsencode(target)
    return rename(AT_CURRENT_FOLDER, names[0], AT_CURRENT_FOLDER, names[1], RENAME_EXCHANGE) == 0
