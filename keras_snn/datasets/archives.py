"""Finds, checks and lists archives that a user fetches by hand."""

import hashlib
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from keras_snn import validation

READ_AT_ONCE = 2**20  # bytes


def find_archives(names: Mapping[str, Any], folder: Path, subfolder: str, about: str) -> list[Path]:
    """Finds archives in `folder/subfolder`, or in `folder` itself.

    Args:
        names: Names of the files, in upper or lower case.
        folder: Folder of archives that are fetched by hand.
        subfolder: Name of the data set.
        about: Origin and license of the archives, as sentences for the error.

    Returns:
        Paths of the archives, in the order of `names`.

    Raises:
        FileNotFoundError: If an archive is in neither folder.
    """
    places = (folder / subfolder, folder)
    there = {path.name.lower(): path for place in reversed(places) for path in _files(place)}
    absent = [name for name in names if name.lower() not in there]
    if absent:
        where = f"Put {', '.join(absent)} into {places[0]}"
        raise FileNotFoundError(f"{subfolder} is prepared from archives. {where}. {about}")
    return [there[name.lower()] for name in names]


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.is_file()] if folder.is_dir() else []


def check_md5(path: Path, expected: str) -> None:
    """Refuses an archive whose MD5 digest does not begin with `expected`."""
    digest = hashlib.md5(usedforsecurity=False)
    with path.open("rb") as file:
        while piece := file.read(READ_AT_ONCE):
            digest.update(piece)
    found = digest.hexdigest()
    rule = f"be the digest of {path}, which is {found}"
    validation.require(found.startswith(expected), "md5", rule, md5=expected)


def zip_entries(path: Path, suffix: str) -> list[Any]:
    """Returns the files in a zip archive with a suffix, as path-like objects in string order."""
    archive = zipfile.ZipFile(path)
    names = sorted(name for name in archive.namelist() if name.endswith(suffix))
    rule = f"hold files with the suffix {suffix}"
    validation.require(bool(names), "archive", rule, archive=str(path))
    return [zipfile.Path(archive, name) for name in names]


def class_of(entry: Any, class_names: Sequence[str]) -> int:
    """Returns the label of a file that lies in a folder named after its class."""
    folder = entry.parent.name
    rule = f"have folders {', '.join(class_names)}"
    validation.require(folder in class_names, "archive", rule, entry=str(entry))
    return class_names.index(folder)
