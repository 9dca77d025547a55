"""Named divisions into training and test data, for sets that have no official one."""

import math
import re
from collections.abc import Sequence

import numpy as np

from keras_snn import validation
from keras_snn.datasets.splits import stratified_order

SPLIT_RULES = ("fsta", "tebn", "stratified")

TEST_SHARE = 10  # one recording in so many is for the test


def split_by_rule(
    names: Sequence[str], labels: np.ndarray, rule: str, seed: int = 0
) -> dict[str, np.ndarray]:
    """Divides recordings 9:1 into train and test, class by class, by a rule with a name.

    `"fsta"` tests on the last tenth of a class in string order of the names, `"tebn"` on the
    tenth with the lowest numbers, `"stratified"` on a seeded tenth with the mix of the whole.

    Args:
        names: File names, such as `"cifar10_cat_17.aedat"`; a number precedes the suffix.
        labels: (recordings,), class of each.
        rule: One of `SPLIT_RULES`.
        seed: Of `"stratified"`; the others are fixed.

    Returns:
        Indices into `names` for `"train"` and `"test"`, disjoint and together all of them.

    Raises:
        ValueError: If the rule is unknown, or "tebn" meets a name without a number.
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
    """The first nine tenths in string order, and the rest."""
    order = np.array(sorted(members, key=lambda index: names[index]))
    train = len(order) - math.ceil(len(order) / TEST_SHARE)
    return order[:train], order[train:]


def _first_by_number(names: Sequence[str], members: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """All but the lowest tenth in order of the numbers, and this tenth."""
    order = np.array(sorted(members, key=lambda index: _number(names[index])))
    test = math.ceil(len(order) / TEST_SHARE)
    return order[test:], order[:test]


def _number(name: str) -> int:
    """The number before the suffix."""
    numbers = re.findall(r"(\d+)\.[^.]*$", name)
    validation.require(bool(numbers), "names", "end in a number and a suffix", name=name)
    return int(numbers[0])
