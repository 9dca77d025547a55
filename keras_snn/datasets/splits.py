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


def bounds(part: str, samples: int) -> tuple[int, int]:
    """Returns the first sample of a slice such as `"train[:10%]"`, and the one behind its last.

    Args:
        part: A split or a slice of one, as `check_split` allows.
        samples: Number of samples of the split.

    Raises:
        ValueError: If the slice is empty, reaches beyond the split, or counts in shards.
    """
    match = _PART.fullmatch(part)
    texts = (match[3], match[5]) if match else (None, None)
    first, last = (
        _place(text, samples, default) for text, default in zip(texts, (0, samples), strict=True)
    )
    rule = "contain a sample and lie inside the data"
    validation.require(0 <= first < last <= samples, "split", rule, split=part, samples=samples)
    return first, last


def _place(text: str | None, samples: int, default: int) -> int:
    """The sample that a bound means: a number or a percentage, from the end if negative."""
    if text is None:
        return default
    validation.require("shard" not in text, "split", "have no shards for images", split=text)
    place = round(samples * int(text[:-1]) / 100) if text.endswith("%") else int(text)
    return place + samples if text.startswith("-") else place


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
