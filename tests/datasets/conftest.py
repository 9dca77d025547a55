"""Data sets prepared below pytest's temporary directory, never in the user's home."""

import time
import types

import numpy as np
import pytest
import sklearn.datasets

import keras_snn.datasets


@pytest.fixture(scope="session")
def prepared(tmp_path_factory):
    """Directory of the whole of event_digits, and the seconds that the first opening took."""
    data_dir = tmp_path_factory.mktemp("event_digits")
    start = time.perf_counter()
    keras_snn.datasets.load("event_digits", "test", data_dir=data_dir)
    return types.SimpleNamespace(data_dir=data_dir, seconds=time.perf_counter() - start)


@pytest.fixture
def few_digits(monkeypatch):
    """Leaves 50 of scikit-learn's digits: 36 to train, 4 to validate, 10 to test."""
    few = five_digits_of_each_class()
    monkeypatch.setattr(sklearn.datasets, "load_digits", lambda: few)
    return few


def five_digits_of_each_class():
    digits = sklearn.datasets.load_digits()
    kept = np.concatenate([np.flatnonzero(digits.target == label)[:5] for label in range(10)])
    return types.SimpleNamespace(images=digits.images[kept], target=digits.target[kept])
