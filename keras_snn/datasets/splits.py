"""Defines fixed, stratified splits and the names that select them."""

import math
import re

import numpy as np

from keras_snn import validation

SPLITS = ("train", "validation", "test")

TEST_FRACTION = 0.2  # of all samples
VALIDATION_FRACTION = 0.1  # of the samples outside the test

_BOUND = r"(-?\d+(%|shard)?)?"
_PART = re.compile(rf"\s*({'|'.join(SPLITS)})(\[{_BOUND}:{_BOUND}\])?\s*")


def check_split(split: object) -> None:
    """Refuses everything but the name of a split, a slice of one, or a sum of these."""
    good = isinstance(split, str) and all(map(_PART.fullmatch, split.split("+")))
    rule = (
        'be "train", "validation", "test", a slice such as "train[:200]", or a sum such as '
        '"train+validation"'
    )
    validation.require(good, "split", rule, split=split)


def bounds(part: str, samples: int) -> tuple[int, int]:
    """Returns the first sample of a slice such as `"train[:10%]"`, and the one after its last.

    Args:
        part: A split or a slice of one, as `check_split` allows.
        samples: Number of samples in the split.

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
    """Returns the sample at a bound: a number or percentage, from the end if negative."""
    if text is None:
        return default
    validation.require("shard" not in text, "split", "have no shards for images", split=text)
    place = round(samples * int(text[:-1]) / 100) if text.endswith("%") else int(text)
    return place + samples if text.startswith("-") else place


def stratified_splits(labels: np.ndarray, seed: int) -> dict[str, np.ndarray]:
    """Divides samples into train, validation and test, each with the same mix of classes.

    Args:
        labels: (samples,), class of each sample.
        seed: Seed of the division.

    Returns:
        Maps names of splits to indices into `labels`. The classes take turns in each split, so the
        first n samples, `"train[:n]"`, have nearly the same mix.
    """
    order = stratified_order(labels, seed)
    test = math.ceil(TEST_FRACTION * len(order))
    validation = test + math.ceil(VALIDATION_FRACTION * (len(order) - test))
    parts = np.split(order, [test, validation])
    return dict(zip(("test", "validation", "train"), parts, strict=True))


def stratified_order(labels: np.ndarray, seed: int) -> np.ndarray:
    """Shuffles samples so that any consecutive ones have nearly the mix of classes of the whole.

    The samples of each class are shuffled and placed evenly between 0 and 1: sample r of the n in a
    class, r = 0 to n - 1, goes to (r + 0.5) / n. In order of these places, the classes take turns
    in proportion to their sizes.

    Args:
        labels: (samples,), class of each sample.
        seed: Seed of the order. The same seed always gives the same order, because NumPy has frozen
            the stream of its legacy generator.

    Returns:
        (samples,), indices into `labels`.
    """
    shuffled = np.random.RandomState(seed).permutation(len(labels))
    place = np.empty(len(labels))
    for label in np.unique(labels):
        members = labels[shuffled] == label
        place[members] = (np.arange(members.sum()) + 0.5) / members.sum()
    return shuffled[np.argsort(place, kind="stable")]
