"""Every public layer, surrogate, loss and regularizer, with inputs and weights by rule."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import keras
import numpy as np

from keras_snn import layers, losses, regularizers, surrogates
from keras_snn.functional.masks import set_keras_mask
from keras_snn.layers.adaptive_average_pooling2d import AdaptiveAveragePooling2D
from keras_snn.layers.convolution import Conv2D
from keras_snn.layers.max_pooling2d import MaxPooling2D
from tests.fidelity.derivatives import derivatives

MAPS, VECTORS, LARGE, SCORES = (2, 4, 6, 5, 8), (2, 6, 8), (2, 4, 8, 8, 16), (3, 5, 4)
IMAGE = MAPS[:1] + MAPS[2:]
MASK = np.array([[True, True, False, True, True, True], [True] * 4 + [False] * 2])
SCORE_MASK = np.array([[1, 1, 1, 1, 1], [1, 0, 1, 1, 0], [0, 0, 0, 0, 0]], bool)
LABELS = np.array([2, 0, 1])
SPREAD = {"moving_variance": (0.5, 1.5), "gamma": (0.5, 1.5)}


@dataclass(frozen=True)
class Subject:
    """A layer by its maker, which takes the dtype, the shapes of its inputs, further arguments."""

    make: Callable[..., keras.layers.Layer]
    shapes: tuple = MAPS
    call: dict[str, Any] = field(default_factory=dict)
    draw: str = "normal"

    def inputs(self):
        rng = np.random.default_rng(1)
        shapes = self.shapes if isinstance(self.shapes, list) else [self.shapes]
        drawn = [getattr(rng, self.draw)(size=shape) for shape in shapes]
        return drawn if isinstance(self.shapes, list) else drawn[0]

    def layer(self, dtype="float64"):
        """The layer with weights that do not depend on the backend."""
        rng = np.random.default_rng(0)
        layer = self.make(dtype=dtype)
        layer.build(self.shapes)
        for weight in layer.weights:
            weight.assign(rng.uniform(*SPREAD.get(weight.name, (-0.3, 0.5)), weight.shape))
        return layer

    def derivatives(self, dtype="float64"):
        return derivatives(self.layer(dtype), self.inputs(), **self.call)


TRAINING = {"training": True}
CONSTANTS = {"tau": 1.8, "v_threshold": 0.4, "return_state": True}


def neuron(name, *arguments, **constants):
    return Subject(
        lambda **k: getattr(layers, name)(*arguments, **constants, **k), VECTORS, {"mask": MASK}
    )


def spiking(surrogate):
    return Subject(
        lambda **k: layers.LIF(surrogate=surrogate, detach_reset=False, **CONSTANTS, **k), VECTORS
    )


def attention(name, *arguments, shapes=MAPS, call=None, **options):
    return Subject(
        lambda **k: getattr(layers, name)(*arguments, **options, **k), shapes, call or {}
    )


def sma(*arguments, **options):
    """In training, so that the statistics move; AZO selects by the weights, which are fixed."""
    options = {"time_reduction": 2, **options}
    return attention("SMA", *arguments, call=TRAINING, **options)


def score(name, masked=False, **options):
    """A loss of outputs; on PyTorch, Keras divides means in float32, so the sum is compared."""

    def make(dtype):
        loss = getattr(losses, name)(**options, reduction="sum", dtype=dtype)

        def of(x):
            if masked:
                set_keras_mask(x, keras.ops.convert_to_tensor(SCORE_MASK))
            return loss(LABELS, x)

        return keras.layers.Lambda(of, dtype=dtype)

    return Subject(make, SCORES)


def penalty(regularizer):
    return Subject(lambda dtype: keras.layers.Lambda(regularizer, dtype=dtype), draw="uniform")


NEURONS = {
    "LIF": neuron("LIF", learn_tau=True, **CONSTANTS),
    "IF": neuron("IF", v_threshold=0.4, v_reset=None, return_state=True),
    "LeakyIntegrator": neuron(
        "LeakyIntegrator", 1.8, learn_tau=True, tau_shape="channel", return_state=True
    ),
    "Synaptic": neuron("Synaptic", tau_synapse=3.0, v_reset=None, detach_reset=False, **CONSTANTS),
    "AdaptiveLIF": neuron(
        "AdaptiveLIF", beta=0.7, tau_adaptation=4.0, detach_reset=False, **CONSTANTS
    ),
    "RecurrentLIF": neuron("RecurrentLIF", 8, learn_tau=True, **CONSTANTS),
    "LIFCell": Subject(
        lambda dtype: keras.layers.RNN(
            layers.LIFCell(8, learn_tau=True, dtype=dtype), return_sequences=True, dtype=dtype
        ),
        VECTORS,
    ),
}
SURROGATES = {f"LIF, {name}": spiking(name) for name in surrogates.NAMES}
FSTA = {
    "FSTA, one convolution": attention("FSTA", 3),
    "FSTA, two convolutions": attention("FSTA", 3, reduction=3),
    "FSTA, some filters": attention("FSTA", 3, frequencies=[0, 3, 4], reduction=2),
}
SMA = {
    "SMA": sma((1, 3)),
    "SMA, convolutions in spectra": attention("SMA", (1, 3, 5, 7), time_reduction=2, shapes=LARGE),
    "SMA without time attention": sma((1, 3), time_attention=False),
    "SMA, lightweight": sma((1, 3), activation="relu", lightweight=True),
    "SMA, AZO": sma((1, 3), azo=layers.AZO(4, 2)),
}
MODULES = {
    "AZO": attention(
        "AZO", 4, 2, shapes=[(2, 3, *MAPS[1:]), (2, 3, 4), (2, 3, 4, 8)], call=TRAINING
    ),
    "BatchNormalization": attention("BatchNormalization"),
    "BatchNormalization in training": attention("BatchNormalization", call=TRAINING),
    "BatchNormalization, mask": attention(
        "BatchNormalization", shapes=VECTORS, call={"training": True, "mask": MASK}
    ),
    "ThresholdBatchNormalization": attention("ThresholdBatchNormalization", 0.5, alpha=0.7),
    "ThresholdBatchNormalization in training": attention(
        "ThresholdBatchNormalization", 0.5, alpha=0.7, call=TRAINING
    ),
    "MeanOverTime": attention("MeanOverTime", shapes=VECTORS),
    "MeanOverTime, mask": attention("MeanOverTime", shapes=VECTORS, call={"mask": MASK}),
    "AdaptiveAveragePooling2D": Subject(lambda **k: AdaptiveAveragePooling2D(4, **k), IMAGE),
    "MaxPooling2D": Subject(lambda **k: MaxPooling2D(2, **k), IMAGE),
    "Conv2D": Subject(lambda **k: Conv2D(5, 3, padding="same", **k), IMAGE),
    "TimeDistributed": Subject(
        lambda dtype: layers.TimeDistributed(Conv2D(5, 3, strides=2, dtype=dtype)), MAPS
    ),
    "FrameMask": attention("FrameMask", call={"lengths": np.array([3, 1])}),
    "SameForAllTimeSteps": Subject(
        lambda dtype: layers.SameForAllTimeSteps(
            keras.layers.RandomErasing((0.0, 0.0), fill_value=0, dtype=dtype)
        ),
    ),
    "DirectCoding": attention("DirectCoding", 3, shapes=IMAGE),
    "DeltaCoding": attention("DeltaCoding", 0.3, off_spikes=True),
    "LatencyCoding": Subject(lambda **k: layers.LatencyCoding(5, **k), IMAGE, draw="uniform"),
}
LOSSES = {
    f"{name}, {kind}{', mask' if masked else ''}": score(name, masked, loss=kind)
    for name in ("RateLoss", "CountLoss", "MaxMembraneLoss", "FirstSpikeTimeLoss")
    for kind in ("crossentropy", "mse")
    for masked in (False, True)
}
LOSSES["TemporalEfficientTraining"] = score(
    "TemporalEfficientTraining",
    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    temporal_weight=0.3,
)
LOSSES["FiringRateBand"] = penalty(regularizers.FiringRateBand(0.3, 0.49, weight=0.7))
SUBJECTS = {**NEURONS, **SURROGATES, **FSTA, **SMA, **MODULES, **LOSSES}
