"""Fixed, stratified splits, and the names that select them."""

import math
import re

import numpy as np

from keras_snn import validation

SPLITS = ("train", "validation", "test")

TEST_FRACTION = 0.2  # of all samples
VALIDATION_FRACTION = 0.1  # of the samples that are not for the test

_BOUND = r"(-?\d+(%|shard)?)?"
_PART = re.compile(rf"\s*({'|'.join(SPLITS)})(\[{_BOUND}:{_BOUND}\])?\s*")


def check_split(split: object) -> None:
    """Refuses what is no name of a split, no slice of one, and no sum of these."""
    good = isinstance(split, str) and all(map(_PART.fullmatch, split.split("+")))
    rule = (
        'be "train", "validation", "test", a slice such as "train[:200]", or a sum such as '
        '"train+validation"'
    )
    validation.require(good, "split", rule, split=split)


def stratified_splits(labels: np.ndarray, seed: int) -> dict[str, np.ndarray]:
    """Divides samples into train, validation and test, each with the same mix of classes.

    Args:
        labels: (samples,), class of each sample.
        seed: Of the division.

    Returns:
        Indices into `labels` by name of the split. Classes take turns in them, so that the first
        n samples of a split, `"train[:n]"`, have the same mix too.
    """
    order = stratified_order(labels, seed)
    test = math.ceil(TEST_FRACTION * len(order))
    validation = test + math.ceil(VALIDATION_FRACTION * (len(order) - test))
    parts = np.split(order, [test, validation])
    return dict(zip(("test", "validation", "train"), parts, strict=True))


def stratified_order(labels: np.ndarray, seed: int) -> np.ndarray:
    """Shuffles samples so that any run of neighbours has nearly the mix of classes of the whole.

    The samples of each class are shuffled, then spread evenly over 0 to 1: sample r of n goes to
    (r + 0.5) / n. Read from 0 to 1, the classes take turns in proportion to their sizes.

    Args:
        labels: (samples,), class of each sample.
        seed: The same seed gives the same order for ever: the legacy generator is the one whose
            stream NumPy has frozen.

    Returns:
        (samples,), indices into `labels`.
    """
    shuffled = np.random.RandomState(seed).permutation(len(labels))
    place = np.empty(len(labels))
    for label in np.unique(labels):
        members = labels[shuffled] == label
        place[members] = (np.arange(members.sum()) + 0.5) / members.sum()
    return shuffled[np.argsort(place, kind="stable")]
