"""Named splits and orders of labels are the ones that papers' numbers and checkpoints rest on."""

import numpy as np
import pytest

from keras_snn.datasets import label_order
from keras_snn.datasets.split_rules import SPLIT_RULES, split_by_rule

CLASSES = ("airplane", "cat")
NAMES = [f"cifar10_{name}_{number}.aedat" for name in CLASSES for number in range(1000)]
LABELS = np.repeat([0, 1], 1000)


def numbers(indices: np.ndarray, label: int) -> list[int]:
    """Numbers in the names of one class, sorted."""
    return sorted(int(index) % 1000 for index in indices if LABELS[index] == label)


@pytest.mark.parametrize("rule", SPLIT_RULES)
def test_every_rule_gives_disjoint_parts_that_are_the_whole(rule):
    parts = split_by_rule(NAMES, LABELS, rule)
    assert (len(parts["train"]), len(parts["test"])) == (1800, 200)
    assert np.array_equal(np.sort(np.concatenate(list(parts.values()))), np.arange(2000))
    assert np.array_equal(np.bincount(LABELS[parts["test"]]), [100, 100])


@pytest.mark.parametrize("label", [0, 1])
def test_fsta_tests_on_the_end_of_the_string_order(label):
    test = split_by_rule(NAMES, LABELS, "fsta")["test"]
    assert numbers(test, label) == [*range(91, 100), *range(909, 1000)]


@pytest.mark.parametrize("label", [0, 1])
def test_tebn_tests_on_the_lowest_numbers(label):
    assert numbers(split_by_rule(NAMES, LABELS, "tebn")["test"], label) == list(range(100))


def test_stratified_rule_follows_its_seed():
    first, again, other = (split_by_rule(NAMES, LABELS, "stratified", s) for s in (0, 0, 1))
    assert np.array_equal(first["test"], again["test"])
    assert not np.array_equal(first["test"], other["test"])


def test_unknown_rule_and_name_without_number_are_refused():
    with pytest.raises(ValueError, match=r"`split_rule` must be .* Received: split_rule='random'"):
        split_by_rule(NAMES, LABELS, "random")
    with pytest.raises(ValueError, match=r"`names` must end in a number .* name='cat.aedat'"):
        split_by_rule(["cat.aedat"], np.zeros(1, int), "tebn")


def test_label_order_is_the_string_order_of_numbered_folders():
    assert label_order("dvs128_gesture", "spikingjelly") == (0, 1, 10, 2, 3, 4, 5, 6, 7, 8, 9)
    assert label_order("n_mnist") == tuple(range(10))
    assert label_order("cifar10_dvs") == tuple(range(10))
    assert label_order("n_caltech101") == tuple(range(101))


def test_label_order_refuses_what_it_does_not_know():
    with pytest.raises(ValueError, match="`name` must be"):
        label_order("event_digits")
    with pytest.raises(ValueError, match="`library` must be"):
        label_order("n_mnist", "tonic")
