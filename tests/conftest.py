"""Fixtures of all tests: one seed, and a session that every test leaves as it was."""

import gc

import keras
import numpy as np
import pytest

gc.set_threshold(20_000, 20, 50)  # the graphs of TensorFlow are many objects that live long


@pytest.fixture(autouse=True)
def _fresh_session():
    keras.utils.set_random_seed(7)
    floatx, policy = keras.config.floatx(), keras.config.dtype_policy()
    yield
    keras.config.set_floatx(floatx)
    keras.config.set_dtype_policy(policy)
    keras.backend.clear_session(free_memory=False)


@pytest.fixture
def float64():
    """Everything in double precision."""
    keras.config.set_floatx("float64")
    keras.config.set_dtype_policy("float64")


@pytest.fixture
def rng():
    return np.random.default_rng(11)
