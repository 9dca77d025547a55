"""Every family in a size that tests can run, and inputs for it."""

import numpy as np
import pytest

from keras_snn import applications

FRAMES, IMAGE = (4, 34, 37, 2), (33, 35, 3)
"""Unlike in every axis, and odd, so that a swapped axis or a wrong padding shows."""

VGG = {"filters": (8, 16, 16, 8, 8), "units": (24, 16), "classes": 5}
RESNET = {"filters": (4, 8, 8, 12), "classes": 5}

MINIATURES = {
    "VGG8": {**VGG, "input_shape": FRAMES},
    "SMAVGG8": {**VGG, "input_shape": FRAMES},
    "MSResNet18": {**RESNET, "input_shape": IMAGE, "time_steps": 3},
    "SMAResNet18": {
        **RESNET,
        "input_shape": IMAGE,
        "time_steps": 3,
        "attention_blocks": [(1, 1), (3, 2)],
    },
    "SpikingResNet19": {**RESNET, "filters": (4, 8, 12), "input_shape": IMAGE},
    "FSTAResNet18": {**RESNET, "input_shape": IMAGE, "time_steps": 3},
    "FSTAResNet19": {
        **RESNET,
        "filters": (4, 8, 12),
        "input_shape": IMAGE,
        "attention_blocks": ["stem", (2, 1)],
    },
    "FSTAResNet20": {**RESNET, "input_shape": IMAGE},
    "MaxResNet18": {**RESNET, "filters": (4, 8, 12), "input_shape": (17, 19, 3), "time_steps": 3},
    "SEWResNet18": {**RESNET, "input_shape": IMAGE, "time_steps": 3},
}


SPREAD = {"gamma": (1.0, 2.2), "moving_variance": (0.7, 1.5)}
CENTER = {"beta": 0.6, "bias": 0.6, "moving_mean": 0.1}


def mostly_slow(cases, *quick):
    """Parameters of a test: all cases but the quick ones are left to the slow tests."""
    values = [case if isinstance(case, tuple) else (case,) for case in cases]
    left = [() if case in quick else pytest.mark.slow for case in cases]
    return [pytest.param(*value, marks=marks) for value, marks in zip(values, left, strict=True)]


def miniature(name, **changes):
    """A small network of the builder `name`."""
    return getattr(applications, name)(**{**MINIATURES[name], **changes})


def liven(model, seed=5):
    """Weights under which neurons of every layer spike; returns the model."""
    rng = np.random.default_rng(seed)
    for layer in model._flatten_layers():
        for variable in layer.weights if not getattr(layer, "_layers", ()) else ():
            kind, shape = variable.path.rpartition("/")[-1], variable.shape
            if kind == "kernel":
                fan = int(np.prod(shape[:-1]))
                variable.assign(rng.normal(0.0, np.sqrt(3.0 / fan), shape))
            elif kind in SPREAD:
                variable.assign(rng.uniform(*SPREAD[kind], shape))
            elif kind in CENTER and len(shape) == 1:
                variable.assign(rng.normal(CENTER[kind], 0.1, shape))
    return model


def inputs(model, batch=2, seed=3):
    """Random currents in the shape of a model's input."""
    return np.random.default_rng(seed).normal(0.5, 1.0, (batch, *model.input_shape[1:]))
