"""The authors' reference values beside what the running backend computes, in float64."""

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from keras_snn import applications, layers, surrogates
from keras_snn.checkpoints import layout, load_pytorch, names
from keras_snn.checkpoints.loading import named_weights
from tests.applications.golden_networks import NETWORKS, reference
from tests.fidelity.derivatives import derivatives
from tests.golden import Golden, error


@dataclass(frozen=True)
class Comparison:
    """A computed value, its reference, and the bar of the error relative to `scale`.

    Args:
        scale: The largest reference value unless another is given.
    """

    what: str
    actual: Any
    wanted: Any
    bar: float = 1e-9
    scale: float | None = None

    @property
    def error(self) -> float:
        return error(self.actual, self.wanted, self.scale)


def require_equal(comparisons):
    """Fails, naming it, at the first value that is further from its reference than the bar."""
    for one in comparisons:
        assert one.error <= one.bar, one.what


DETACHED = {"tau": 4 / 3, "v_threshold": 0.5, "decay_input": False, "detach_reset": False}
SOFT = {"tau": 3.0, "v_threshold": 0.8, "v_reset": None}
LIF = {
    "hard_detach_atan": {},
    "hard_nodetach_atan": {"detach_reset": False},
    "soft_detach_sigmoid4": {**SOFT, "surrogate": "sigmoid"},
    "soft_nodetach_atan": {**SOFT, "detach_reset": False},
    "hard_nodecayinput_atan": {"tau": 4.0, "decay_input": False},
    "hard_vreset_-0.2_atan": {"v_reset": -0.2, "detach_reset": False},
    "plif_tau2_hard_detach_atan": {"learn_tau": True},
    "msresnet_rect": {**DETACHED, "detach_reset": True, "surrogate": "rectangular"},
    "fsta_tanh_temp1": {**DETACHED, "surrogate": "tanh"},
    "fsta_tanh_temp3": {**DETACHED, "surrogate": surrogates.Tanh(3.0)},
    "if_hard_atan": None,
}
SINGLE_PRECISION_GRADIENT = {"msresnet_rect"}  # the authors' code passes it through float32


def lif(case):
    golden = Golden("lif")
    arguments = LIF[case]
    layer = (
        layers.IF(detach_reset=False, return_state=True)
        if arguments is None
        else layers.LIF(**arguments, return_state=True)
    )
    weigh = [golden["cotangent"], None]
    found = derivatives(layer, golden["x"], weigh)
    bar = 1e-6 if case in SINGLE_PRECISION_GRADIENT else 1e-9
    spikes, v = found["outputs"]
    yield Comparison("spikes", spikes, golden[f"{case}/y"])
    yield Comparison("gradient of x", found["inputs"][0], golden[f"{case}/grad_x"], bar)
    if f"{case}/v" in golden:
        yield Comparison("membrane", v, golden[f"{case}/v"][-1])
    if f"{case}/grad_w" in golden:
        yield Comparison("gradient of tau", found["weights"][0], golden[f"{case}/grad_w"])


SMA = {
    "sma_lif": ({"time_reduction": 2}, (4, 2)),
    "sma_lif_two_scales": (
        {"kernel_sizes": (3, 5), "channel_reduction": 2, "time_reduction": 1},
        (3, 2),
    ),
    "sma_relu": ({"activation": "relu", "time_reduction": 1}, (4, 2)),
    "sma_lightweight": ({"time_reduction": 2, "lightweight": True}, None),
}
SMA_MODES = [
    (name, mode)
    for name, (_, azo) in SMA.items()
    for mode in ("eval", "train", *(("train_azo",) if azo else ()))
]


def sma(name, mode):
    arguments, reductions = SMA[name]
    golden = Golden(name)
    azo = layers.AZO(*reductions) if mode == "train_azo" else None
    layer = layers.SMA(**arguments, azo=azo)
    layer.build(golden["x"].shape)
    load_pytorch(layer, golden.under("param"))
    found = derivatives(layer, golden["x"], [golden["cotangent"]], training=mode != "eval")
    yield Comparison("outputs", found["outputs"][0], golden[f"{mode}/y"])
    if mode == "eval":
        return
    yield Comparison("gradient of x", found["inputs"][0], golden[f"{mode}/grad_x"])
    # Biases before a batch normalization have a gradient of zero but for rounding: these are held
    # against 1e-13 of the layer's largest gradient.
    wanted = golden.under(f"{mode}/grad")
    least = 1e-4 * max(np.abs(gradient).max() for gradient in wanted.values())
    yield from _of_weights(
        layer, found["weights"], layer.trainable_variables, wanted, names.SMA, least
    )
    after = golden.under(f"{mode}/after")
    yield from _of_weights(layer, found["after"], layer.non_trainable_variables, after, names.SMA)


def _of_weights(layer, values, variables, wanted, translation, least=0.0, bars=None):
    """Compares one value per variable with references by their PyTorch keys."""
    by_variable = {id(v): value for v, value in zip(variables, values, strict=True)}
    weights = named_weights(layer)
    for key, array in wanted.items():
        variable = weights[names.translate(key, translation)]
        array = layout.convert(array, variable.shape)
        scale = max(np.abs(array).max(), least) or None
        bar = (bars or {}).get(key, 1e-9)
        yield Comparison(key, by_variable[id(variable)], array, bar, scale)


FSTA = [(size, reduction) for size in (3, 7) for reduction in (1, 3)]
SCALARS = dict.fromkeys(("alpha", "beta", "t", "s"), 1e-7)  # their references are float32


def fsta(size, reduction):
    golden = Golden(f"fsta_freq{size * size}_reduction{reduction}")
    layer = layers.FSTA(size, reduction)
    layer.build(golden["x"].shape)
    load_pytorch(layer, golden.under("param"))
    found = derivatives(layer, golden["x"], [golden["cotangent"]])
    yield Comparison("outputs", found["outputs"][0], golden["y"])
    yield Comparison("gradient of x", found["inputs"][0], golden["grad_x"])
    yield from _of_weights(
        layer,
        found["weights"],
        layer.trainable_variables,
        golden.under("grad"),
        names.FSTA,
        bars=SCALARS,
    )


def network(name, bar=1e-9):
    builder, arguments, _ = NETWORKS[name]
    x, logits, state, _ = reference(name)
    model = getattr(applications, builder)(**arguments, classifier_activation=None)
    load_pytorch(model, state)
    yield Comparison("logits", model.predict(x, verbose=0), logits, bar)


MODULES = {
    **{f"LIF, {case}": partial(lif, case) for case in LIF},
    **{f"SMA, {name}, {mode}": partial(sma, name, mode) for name, mode in SMA_MODES},
    **{f"FSTA, {size}, {reduction}": partial(fsta, size, reduction) for size, reduction in FSTA},
}
WHOLE = {row[0]: partial(network, name) for name, row in NETWORKS.items()}
