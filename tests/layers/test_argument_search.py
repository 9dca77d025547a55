"""Layers with arguments and inputs drawn at random: each works, or one sentence refuses it."""

import copy
import dataclasses
import inspect
import math
from collections.abc import Callable

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keras_snn import layers, surrogates
from tests import search

JUNK = st.sampled_from(
    [
        None,
        "x",
        "",
        (),
        [],
        {},
        object,
        b"1",
        0,
        -1,
        -2.5,
        True,
        math.nan,
        math.inf,
        1j,
        np.zeros((2, 3)),
    ]
)
"""Values that no argument was made for; some fit nevertheless."""


@dataclasses.dataclass
class Lazy:
    """A layer that is made when the case runs: Keras draws seeds, and strategies must not."""

    make: Callable[[], keras.layers.Layer]


NAMES = st.sampled_from([*surrogates.NAMES, "relu", None, surrogates.ATan(3.0), keras.layers.ReLU])
FLAG = st.booleans() | st.sampled_from([np.True_, 0, 1])
NUMBER = st.sampled_from([1, 1.0, 1.5, 2.0, np.float32(2.5), np.int64(3), 20.0, 0.5, math.inf])
SIZE = st.sampled_from([1, 2, 3, np.int32(4), 5, 2.0])
MAKERS = [keras.layers.ReLU, layers.LIF, lambda: keras.layers.Dense(2), keras.layers.RandomFlip]
LAYER = st.sampled_from(["lif", "relu", "x", *map(Lazy, MAKERS)])

LEAKY = {"tau": NUMBER, "decay_input": FLAG, "learn_tau": FLAG}
LEAKY |= {"tau_shape": st.sampled_from(["layer", "channel"])}
FIRES = {"v_threshold": NUMBER, "v_reset": st.sampled_from([None, 0.0, -1, 0.5, 1.0])}
FIRES |= {"detach_reset": FLAG, "surrogate": NAMES}
KEEPS = {"stateful": FLAG, "return_state": FLAG}
LIF = {**LEAKY, **FIRES, **KEEPS}
INITIAL = st.sampled_from(["zeros", "he_normal", keras.initializers.Constant(0.3), "x"])

ARGUMENTS = {
    "LIF": LIF,
    "IF": {**FIRES, **KEEPS},
    "LeakyIntegrator": {**LEAKY, **KEEPS},
    "Synaptic": {**LIF, "tau_synapse": NUMBER},
    "AdaptiveLIF": {**LIF, "beta": NUMBER, "tau_adaptation": NUMBER},
    "RecurrentLIF": {**LIF, "units": SIZE, "recurrent_initializer": INITIAL},
    "LIFCell": {**LEAKY, **FIRES, "units": SIZE},
    "SMA": {
        "kernel_sizes": st.lists(SIZE, max_size=3).map(tuple),
        "channel_reduction": SIZE,
        "time_reduction": NUMBER,
        "activation": LAYER,
        "time_attention": FLAG,
        "lightweight": FLAG,
        "azo": st.sampled_from([None, Lazy(layers.AZO), Lazy(lambda: layers.AZO(9, 9))]),
        "use_bias": FLAG,
        "kernel_initializer": INITIAL,
    },
    "AZO": {"channel_reduction": SIZE, "time_reduction": SIZE},
    "FSTA": {
        "frequency_size": SIZE,
        "reduction": SIZE,
        "frequencies": st.just("all") | st.lists(st.integers(-1, 9), max_size=4),
        "kernel_initializer": INITIAL,
    },
    "BatchNormalization": {
        "axis": st.sampled_from([-1, 1, 4]),
        "momentum": st.sampled_from([0.0, 0.9, 1.0, 1.5, -0.1]),
        "epsilon": st.sampled_from([1e-5, 1e-3, 0.0, -1.0]),
        "center": FLAG,
        "scale": FLAG,
        "gamma_initializer": INITIAL,
        "repeats": SIZE,
    },
    "ThresholdBatchNormalization": {"v_threshold": NUMBER, "alpha": NUMBER, "scale": FLAG},
    "DeltaCoding": {"threshold": NUMBER, "off_spikes": FLAG},
    "LatencyCoding": {"time_steps": SIZE, "threshold": NUMBER},
    "PoissonCoding": {"time_steps": SIZE, "seed": st.sampled_from([None, 3, -1, 2.0])},
    "TimeDistributed": {
        "layer": LAYER,
    },
    "SameForAllTimeSteps": {"layer": LAYER},
    "DirectCoding": {"time_steps": SIZE},
    "FrameMask": {},
    "MeanOverTime": {"keepdims": FLAG},
}
REQUIRED = {
    "LIFCell": "units",
    "RecurrentLIF": "units",
    "DirectCoding": "time_steps",
    "LatencyCoding": "time_steps",
    "PoissonCoding": "time_steps",
    "DeltaCoding": "threshold",
    "TimeDistributed": "layer",
    "SameForAllTimeSteps": "layer",
}
"""The argument that has no default."""

RANDOM = {"SameForAllTimeSteps", "PoissonCoding"}
"""Layers whose outputs are drawn anew in each call."""

COMMON = {
    "name": st.sampled_from([None, "a_name"]),
    "dtype": st.sampled_from([None, "float64", "mixed_bfloat16", "mixed_float16", "float32"]),
}
SHAPES = st.lists(st.integers(1, 5), min_size=1, max_size=6).map(tuple)
SHAPES |= st.sampled_from([(2, 4, 6, 5, 8), (1, 3, 4), (3, 8, 2), (2, 4, 1, 1, 4), (2, 0, 3)])
DTYPES = ("float32", "float64", "float16", "int8", "uint8", "int64", "uint16", "bool")


def test_every_public_layer_is_searched():
    public = {name for name in layers.__all__ if inspect.isclass(getattr(layers, name))}
    assert public == set(ARGUMENTS)


@st.composite
def constructions(draw: st.DrawFn) -> tuple[str, dict]:
    """A layer's name and arguments: any of its own, at most one of them junk."""
    name = draw(st.sampled_from(sorted(ARGUMENTS)))
    known = {**ARGUMENTS[name], **COMMON}
    chosen = draw(st.sets(st.sampled_from(sorted(known)), max_size=5))
    if name in REQUIRED:
        chosen |= {REQUIRED[name]}
    arguments = {argument: draw(known[argument]) for argument in sorted(chosen)}
    own = sorted(ARGUMENTS[name])
    if own and draw(st.integers(0, 3)) == 0:
        arguments[draw(st.sampled_from(own))] = draw(JUNK)
    return name, arguments


@st.composite
def inputs(draw: st.DrawFn) -> np.ndarray:
    rng = np.random.default_rng(draw(st.integers(0, 9)))
    return rng.normal(1.0, 2.0, draw(SHAPES)).astype(draw(st.sampled_from(DTYPES)))


def made(name: str, arguments: dict) -> keras.layers.Layer:
    """The layer, equal to the one that its configuration gives."""
    ready = {k: v.make() if isinstance(v, Lazy) else v for k, v in arguments.items()}
    layer = getattr(layers, name)(**ready)
    config = layer.get_config()
    assert type(layer).from_config(copy.deepcopy(config)).get_config() == config
    stored = keras.saving.serialize_keras_object(layer)
    assert keras.saving.deserialize_keras_object(stored).get_config() == config
    return layer


def called(name: str, layer: keras.layers.Layer, x: np.ndarray) -> list[np.ndarray]:
    """What a layer makes of x; AZO and LIFCell take more than one tensor."""
    if name == "AZO":
        weights = np.ones(x.shape[:3], x.dtype), np.ones((*x.shape[:3], *x.shape[-1:]), x.dtype)
        outputs = layer([x, *weights], training=True)
    elif name == "LIFCell":
        outputs = layer(x, [np.zeros((len(x), layer.units), "float32")])
    elif name == "SameForAllTimeSteps":
        outputs = layer(x, training=True)
    else:
        if name == "TimeDistributed" and x.dtype == bool:  # which Keras's own layers refuse
            x = x.astype("int32")
        outputs = layer(x)
    return [
        keras.ops.convert_to_numpy(keras.ops.cast(y, "float64"))
        for y in keras.tree.flatten(outputs)
    ]


def check(construction, x=None) -> None:
    """Construction, and a call where there is an input, work or are refused."""
    name, arguments = construction
    layer = search.works_or_is_refused(lambda: made(name, arguments))
    if layer is None or x is None:
        return
    outputs = search.works_or_is_refused(lambda: called(name, layer, x))
    if outputs is None:
        return
    if arguments.get("dtype") != "mixed_float16":  # which ends at 65,504
        assert all(np.isfinite(y).all() for y in outputs)
    twin = type(layer).from_config(layer.get_config())
    called(name, twin, x)
    twin.set_weights(layer.get_weights())
    if name not in RANDOM and not arguments.get("stateful"):
        for y, again in zip(outputs, called(name, twin, x), strict=True):
            np.testing.assert_allclose(again, y, rtol=1e-4, atol=1e-4)


@given(constructions(), st.none() | inputs())
@settings(max_examples=80)
def test_layers_work_or_refuse_in_one_sentence(construction, x):
    check(construction, x)


@pytest.mark.slow
@given(constructions())
@settings(max_examples=2500)
def test_many_arguments_work_or_are_refused_in_one_sentence(construction):
    check(construction, None)


@pytest.mark.slow
@given(constructions(), inputs())
@settings(max_examples=1000)
def test_many_inputs_work_or_are_refused_in_one_sentence(construction, x):
    check(construction, x)
