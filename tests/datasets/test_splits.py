"""Splits: disjoint, whole, stratified, fixed."""

import hashlib

import numpy as np
import pytest
import sklearn.datasets

from keras_snn.datasets.splits import check_split, stratified_order, stratified_splits

LABELS = sklearn.datasets.load_digits().target


def test_splits_have_their_documented_sizes_and_share_no_sample():
    splits = stratified_splits(LABELS, 0)
    assert {name: len(part) for name, part in splits.items()} == {
        "train": 1293,
        "validation": 144,
        "test": 360,
    }
    together = np.concatenate(list(splits.values()))
    assert np.array_equal(np.sort(together), np.arange(1797))


@pytest.mark.parametrize("name", ["train", "validation", "test"])
def test_each_split_has_the_mix_of_classes_of_the_whole(name):
    part = stratified_splits(LABELS, 0)[name]
    share = np.bincount(LABELS) * len(part) / len(LABELS)
    assert np.all(np.abs(np.bincount(LABELS[part]) - share) < 2)


def test_any_slice_of_a_split_is_stratified_too():
    train = stratified_splits(LABELS, 0)["train"]
    for start, size in [(0, 200), (0, 50), (700, 100)]:
        counts = np.bincount(LABELS[train[start : start + size]], minlength=10)
        assert np.all(np.abs(counts - size / 10) < 2.5)


def test_rare_class_is_in_every_part_that_can_hold_it():
    labels = np.array([0] * 90 + [1] * 10)
    splits = stratified_splits(labels, 0)
    assert [int(labels[splits[name]].sum()) for name in ("test", "validation", "train")] == [
        2,
        1,
        7,
    ]


def test_order_repeats_with_the_seed_and_changes_with_it():
    assert np.array_equal(stratified_order(LABELS, 0), stratified_order(LABELS, 0))
    assert not np.array_equal(stratified_order(LABELS, 0), stratified_order(LABELS, 1))


def test_splits_are_the_ones_of_the_first_release():
    # Published accuracies depend on them.
    order = stratified_order(LABELS, 0).astype("<i8")
    assert hashlib.sha256(order.tobytes()).hexdigest()[:16] == "a7147eb29507df64"


@pytest.mark.parametrize(
    "split",
    ["train", "validation", "test", "train[:200]", "train[10%:-5]", "train[5:] + test[:1%]"],
)
def test_names_slices_and_sums_are_splits(split):
    check_split(split)


@pytest.mark.parametrize(
    "split", ["", "dev", "train[", "train[3]", "train+", "train-test", None, 3]
)
def test_other_splits_are_refused(split):
    with pytest.raises(ValueError, match=r"`split` must be \"train\", .* Received: split="):
        check_split(split)
