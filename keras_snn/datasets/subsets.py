"""Divides the recordings of a folder into training and validation data."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from keras_snn import validation
from keras_snn.datasets.folder import Folder
from keras_snn.datasets.reading import batched, prefetched
from keras_snn.datasets.samples import Samples

SUBSETS = ("training", "validation", "both", None)


@dataclass(frozen=True)
class Subsets:
    """Makes datasets from parts of a folder, with the arguments of the user.

    Args:
        folder: The files.
        samples: Their samples.
        labels: (files, ...), encoded, or None.
        batch_size: Samples per batch; None for single samples.
        drop_remainder: Whether a smaller last batch is left out.
        shuffle: Whether training data have a new order in each epoch.
        verbose: Whether the numbers of files and samples are printed.
    """

    folder: Folder
    samples: Samples
    labels: np.ndarray | None
    batch_size: int | None
    drop_remainder: bool
    shuffle: bool
    verbose: bool

    def choose(self, subset: str | None, fraction: float | None) -> Any:
        """Returns the dataset of a subset, or both; `fraction` of the files are to validate on."""
        total = len(self.folder.paths)
        border = training_files(total, fraction) if fraction else total
        parts = {None: (0, total), "training": (0, border), "validation": (border, total)}
        chosen = ("training", "validation") if subset == "both" else (subset,)
        made = [self._make(purpose, *parts[purpose]) for purpose in chosen]
        return tuple(made) if subset == "both" else made[0]

    def _make(self, purpose: str | None, first: int, last: int) -> tf.data.Dataset:
        """Makes the dataset of the files `first` to `last` - 1."""
        train = purpose != "validation"
        dataset = self.samples.cut(first, last, self.labels, train, self.shuffle and train)
        ragged = self.samples.framing["slice_by"] == "duration"
        dataset = prefetched(batched(dataset, self.batch_size, self.drop_remainder, ragged))
        dataset.class_names = self.folder.class_names
        dataset.file_paths = [str(path) for path in self.folder.paths[first:last]]
        if self.verbose and (self.samples.options.window or purpose):
            said = f" for {purpose}" if purpose else ""
            print(f"Using {last - first} files{said}, {self.samples.count(first, last)} samples.")
        return dataset


def check_split(fraction: Any, subset: Any, shuffle: bool, seed: int | None) -> None:
    """Refuses combinations that `keras.utils.image_dataset_from_directory` refuses too."""
    validation.choice("subset", subset, SUBSETS)
    together = (fraction is None) == (subset is None)
    rule = "be given if and only if `subset` is given"
    validation.require(together, "validation_split", rule, validation_split=fraction, subset=subset)
    if fraction is None:
        return
    number = validation.real("validation_split", fraction, above=0)
    validation.require(number < 1, "validation_split", "be less than 1", validation_split=fraction)
    rule = "be given if shuffled files are divided, so that the subsets do not overlap"
    validation.require(seed is not None or not shuffle, "seed", rule, seed=seed)


def training_files(files: int, fraction: float) -> int:
    """Returns the number of files to train on; the others are the `fraction` to validate on."""
    kept = files - int(fraction * files)
    rule = f"leave at least one of the {files} files to each subset"
    validation.require(0 < kept < files, "validation_split", rule, validation_split=fraction)
    return kept
