"""Losses with arguments and tensors drawn at random: each works, or one sentence refuses it."""

import inspect
import math

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keras_snn import losses
from tests import search

JUNK = [None, "x", "", (), {}, object, 0, -1, 2.5, True, math.nan, math.inf, 1j, np.zeros((2, 3))]
FIT = [0.0, 0.5, 1.0, 2, "mean", "sum", "mse", "categorical_crossentropy", "a_name", False]
OF_KERAS = {"reduction", "name", "dtype"}
VALUES = st.sampled_from(FIT) | st.sampled_from(JUNK)
SIZES = st.lists(st.integers(1, 4), min_size=1, max_size=4).map(tuple)
TRUE = SIZES | st.sampled_from([(2,), (2, 1), (2, 3), (2, 4, 3)])
PREDICTED = SIZES | st.sampled_from([(2, 4, 3)] * 2)


@st.composite
def cases(draw: st.DrawFn) -> tuple:
    """A loss, its arguments, and the shapes and types of labels and predictions."""
    name = draw(st.sampled_from(losses.__all__))
    known = sorted(inspect.signature(getattr(losses, name)).parameters.keys() - OF_KERAS)
    chosen = draw(st.sets(st.sampled_from(known), max_size=2))
    arguments = {argument: draw(VALUES) for argument in sorted(chosen)}
    kind = draw(st.sampled_from(["int32", "float32", "int64"]))
    return name, arguments, draw(TRUE), kind, draw(PREDICTED)


def check(case: tuple) -> None:
    """Construction and call work or are refused; the configuration gives an equal loss."""
    name, arguments, true, kind, predicted = case
    loss = search.works_or_is_refused(lambda: getattr(losses, name)(**arguments))
    if loss is None:
        return
    twin = type(loss).from_config(loss.get_config())
    rng = np.random.default_rng(0)
    y_true = rng.integers(0, min(2, predicted[-1]), true).astype(kind)
    y_pred = rng.random(predicted, "float32")
    value = search.works_or_is_refused(lambda: loss(y_true, y_pred))
    if value is not None:
        found = keras.ops.convert_to_numpy(value)
        assert np.isfinite(found).all()
        np.testing.assert_array_equal(twin(y_true, y_pred), found)


@given(cases())
@settings(max_examples=60)
def test_losses_work_or_refuse_in_one_sentence(case):
    check(case)


@pytest.mark.slow
@given(cases())
@settings(max_examples=1000)
def test_many_losses_work_or_refuse_in_one_sentence(case):
    check(case)
