"""Divides sets without official test data into training and test data, by named rules."""

import math
import re
from collections.abc import Sequence

import numpy as np

from keras_snn import validation
from keras_snn.datasets.splits import stratified_order

SPLIT_RULES = ("fsta", "tebn", "stratified")

TEST_SHARE = 10  # one recording in ten is a test recording


def split_by_rule(
    names: Sequence[str], labels: np.ndarray, rule: str, seed: int = 0
) -> dict[str, np.ndarray]:
    """Divides recordings 9:1 into training and test data, by a named rule.

    The rule selects the test data: `"fsta"` takes the last tenth of each class in string order of
    the names, `"tebn"` takes the tenth of each class with the lowest numbers, and `"stratified"`
    takes a random tenth with the same mix of classes as the whole.

    Args:
        names: File names, such as `"cifar10_cat_17.aedat"`, with a number before the suffix.
        labels: (recordings,), class of each recording.
        rule: One of `SPLIT_RULES`.
        seed: Seed of `"stratified"`; the other rules are fixed.

    Returns:
        Indices into `names` for `"train"` and `"test"`. Every index is in one of the two.

    Raises:
        ValueError: If the rule is unknown, or a name has no number and the rule is `"tebn"`.
    """
    validation.choice("split_rule", rule, SPLIT_RULES)
    if rule == "stratified":
        order = stratified_order(labels, seed)
        test = math.ceil(len(order) / TEST_SHARE)
        return {"train": order[test:], "test": order[:test]}
    divide = _last_by_string if rule == "fsta" else _first_by_number
    parts = [divide(names, np.flatnonzero(labels == label)) for label in np.unique(labels)]
    train, test_parts = zip(*parts, strict=True)
    return {"train": np.concatenate(train), "test": np.concatenate(test_parts)}


def _last_by_string(names: Sequence[str], members: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Returns the first nine tenths in string order, and the rest."""
    order = np.array(sorted(members, key=lambda index: names[index]))
    train = len(order) - math.ceil(len(order) / TEST_SHARE)
    return order[:train], order[train:]


def _first_by_number(names: Sequence[str], members: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Returns all but the tenth with the lowest numbers, and this tenth."""
    order = np.array(sorted(members, key=lambda index: _number(names[index])))
    test = math.ceil(len(order) / TEST_SHARE)
    return order[test:], order[:test]


def _number(name: str) -> int:
    """Returns the number before the suffix."""
    numbers = re.findall(r"(\d+)\.[^.]*$", name)
    validation.require(bool(numbers), "names", "end in a number and a suffix", name=name)
    return int(numbers[0])
