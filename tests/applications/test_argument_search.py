"""Builders with arguments drawn at random: each plans a network, or one sentence refuses it."""

import math

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keras_snn import applications, layers
from keras_snn.applications import network
from tests import search
from tests.applications.miniatures import MINIATURES

JUNK = st.sampled_from(
    [None, "x", "", (), [], {}, object, b"1", 0, -1, 2.5, True, math.nan, math.inf, 1j, np.ones(2)]
)
SIZE = st.sampled_from([1, 2, 3, 4, 17, 33, np.int64(34), None])
FLAG = st.booleans() | st.just(np.True_)
OPTIONS = {
    "include_top": FLAG,
    "weights": st.sampled_from([None, "no_such_name", "no_such_file.keras"]),
    "input_shape": st.lists(SIZE, min_size=2, max_size=5).map(tuple),
    "pooling": st.sampled_from([None, "avg", "max", "sum"]),
    "classes": st.sampled_from([1, 2, np.int32(5)]),
    "classifier_activation": st.sampled_from([None, "softmax", "sigmoid", keras.ops.relu, "x"]),
    "name": st.sampled_from([None, "a_name"]),
    "attention": st.sampled_from(["sma", "fsta", None, layers.SMA((1,)), keras.layers.ReLU()]),
    "attention_activation": st.sampled_from(["lif", "relu", "x", layers.IF()]),
    "attention_blocks": st.lists(st.integers(0, 6) | st.just("stem") | st.just((1, 1)), max_size=3),
    "azo": st.sampled_from([None, layers.AZO(2, 2)]),
    "time_steps": st.sampled_from([None, 1, 2, 4, np.int64(8)]),
    "return_sequences": FLAG,
    "filters": st.lists(st.sampled_from([1, 4, 8]), min_size=3, max_size=5).map(tuple),
    "units": st.just((8, 8)) | st.lists(st.integers(1, 8), max_size=3),
}


@st.composite
def options(draw: st.DrawFn) -> tuple[str, dict]:
    """A builder's name, and arguments of its miniature with others in place of some of them."""
    name = draw(st.sampled_from(sorted(MINIATURES)))
    chosen = draw(st.sets(st.sampled_from(sorted(OPTIONS)), max_size=3))
    changes = {argument: draw(OPTIONS[argument]) for argument in sorted(chosen)}
    if draw(st.integers(0, 2)) == 0:
        changes[draw(st.sampled_from(sorted(OPTIONS)))] = draw(JUNK)
    return name, {**MINIATURES[name], **changes}


def planned(name: str, arguments: dict) -> network.Plan:
    """The checked arguments, without the network."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(network, "assemble", lambda plan: plan)
        return getattr(applications, name)(**arguments)


def check(case: tuple[str, dict], build: bool = False) -> None:
    """The plan, and the network where it is built, exist or are refused."""
    name, arguments = case
    plan = search.works_or_is_refused(lambda: planned(name, arguments))
    if plan is None or not build:
        return
    model = getattr(applications, name)(**arguments)
    sizes = [
        size or default
        for size, default in zip(
            model.input_shape[1:], (4, 34, 37, 2)[-len(model.input_shape) + 1 :], strict=True
        )
    ]
    outputs = model(np.ones((2, *sizes), "float32"))
    assert np.isfinite(keras.ops.convert_to_numpy(outputs)).all()
    assert type(model).from_config(model.get_config()).count_params() == model.count_params()


@given(options())
@settings(max_examples=60)
def test_builders_plan_or_refuse_in_one_sentence(case):
    check(case)


@pytest.mark.slow
@given(options())
@settings(max_examples=2500)
def test_many_arguments_plan_or_are_refused_in_one_sentence(case):
    check(case)


@pytest.mark.slow
@given(options())
@settings(max_examples=25)
def test_what_is_planned_is_built(case):
    check(case, build=True)
