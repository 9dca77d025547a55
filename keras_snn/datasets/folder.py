"""Lists the recordings in a folder with their labels and classes, as Keras lists images."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from keras_snn import validation
from keras_snn.datasets.readers import SUFFIXES

LABELS = 'be "inferred", None, or a list of integers, one per file in the order of their paths'


class Folder(NamedTuple):
    """Files of recordings with their labels.

    Args:
        paths: The files.
        labels: (files,), int32, or None if there are no labels.
        class_names: Names of the classes in the order of the labels, or None if there are none.
    """

    paths: list[Path]
    labels: np.ndarray | None
    class_names: list[str] | None

    def take(self, chosen: np.ndarray | slice) -> "Folder":
        """Returns the chosen files."""
        paths = [self.paths[index] for index in np.arange(len(self.paths))[chosen]]
        labels = None if self.labels is None else self.labels[chosen]
        return Folder(paths, labels, self.class_names)

    def shuffle(self, seed: int | None) -> "Folder":
        """Returns the files in another order."""
        return self.take(np.random.RandomState(seed).permutation(len(self.paths)))


def list_recordings(
    directory: str | os.PathLike,
    labels: str | Sequence[int] | None = "inferred",
    class_names: Sequence[str] | None = None,
    *,
    verbose: bool = True,
) -> Folder:
    """Lists the recordings below a directory, in the order of their paths.

    Args:
        directory: The directory. It has one folder per class if labels are inferred.
        labels: `"inferred"` from the folders, None, or a list of integers, one per file.
        class_names: Folders to use, in the order of their labels; None takes all, sorted.
        verbose: Whether the numbers of files and classes are printed.

    Returns:
        `Folder`.

    Raises:
        ValueError: If there is no recording, or labels or class names do not fit the files.
    """
    root = Path(directory)
    validation.require(root.is_dir(), "directory", "be a folder", directory=str(directory))
    if labels == "inferred":
        names = _choose_folders(root, class_names)
        found = [(path, k) for k, name in enumerate(names) for path in _files(root / name)]
        folder = Folder([p for p, _ in found], np.array([k for _, k in found], "int32"), names)
    else:
        rule = 'be None unless labels="inferred"'
        validation.require(class_names is None, "class_names", rule, class_names=class_names)
        folder = _label(_files(root), labels)
    rule = f"contain a recording with one of the suffixes {', '.join(SUFFIXES)}"
    validation.require(bool(folder.paths), "directory", rule, directory=str(directory))
    if verbose:
        known = folder.class_names
        classes = "" if known is None else f" belonging to {len(known)} classes"
        print(f"Found {len(folder.paths)} files{classes}.")
    return folder


def _choose_folders(root: Path, class_names: Sequence[str] | None) -> list[str]:
    """Returns the names of the classes, which are folders in `root`."""
    folders = sorted(p.name for p in root.iterdir() if p.is_dir() and not p.name.startswith("."))
    if class_names is None:
        return folders
    rule = f"be folders of {root}, each once: {folders}"
    good = set(class_names) <= set(folders) and len(set(class_names)) == len(class_names)
    validation.require(good, "class_names", rule, class_names=class_names)
    return list(class_names)


def _files(root: Path) -> list[Path]:
    """Returns the recordings below a folder, sorted."""
    return sorted(p for p in root.rglob("*") if p.suffix.lower() in SUFFIXES and p.is_file())


def _label(paths: list[Path], labels: str | Sequence[int] | None) -> Folder:
    """Returns files with the labels that the caller gives."""
    if labels is None:
        return Folder(paths, None, None)
    good = isinstance(labels, (list, tuple, np.ndarray))
    good = good and all(isinstance(label, (int, np.integer)) for label in labels)
    validation.require(good, "labels", LABELS, labels=labels)
    rule = f"have one entry for each of the {len(paths)} files"
    validation.require(len(labels) == len(paths), "labels", rule, number=len(labels))
    values = np.array(labels, "int32")
    return Folder(paths, values, [str(label) for label in np.unique(values)])
