"""The network that a PyTorch checkpoint holds, recognized by names and shapes."""

import re
from collections.abc import Mapping
from math import isqrt
from typing import Any

import keras
import numpy as np

from keras_snn.applications import ms_resnet, spiking_resnet, vgg
from keras_snn.applications.network import assemble
from keras_snn.applications.plan import Plan
from keras_snn.applications.row import Row
from keras_snn.checkpoints import loading, names, reading
from keras_snn.layers import FSTA, SMA
from keras_snn.validation import require

Arrays = Mapping[str, np.ndarray]
"""Our paths and PyTorch's arrays: (out, in, height, width), (out, in)."""

ROWS = {
    "block1.": vgg.ROWS,
    "conv2_x.": ms_resnet.ROWS,
    "layer1.": spiking_resnet.ROWS,
}
"""The networks of each family, by the signatures of `checkpoints.names`."""


def from_pytorch(
    source: Any,
    *,
    time_steps: int | None = None,
    input_shape: tuple[int | None, ...] | None = None,
    attention_activation: Any = None,
) -> keras.Model:
    """The network of an authors' checkpoint, with its weights.

    Family, depth, filters, classes, where attention stands and its kernel sizes and bottlenecks
    are told by names and shapes; the number of time steps T by SMA and FSTA, whose weights have
    it. What nothing tells is asked for, all of it in one error.

    Args:
        source: A mapping of PyTorch names to arrays, or a path, as in
            `keras_snn.checkpoints.load_pytorch`.
        time_steps: T, where neither SMA nor FSTA nor `input_shape` tells it.
        input_shape: (height, width, channels) of images or (time, height, width, channels) of
            frames; time may be None where the weights tell it.
        attention_activation: "lif", "relu" or a layer: what the checkpoint was trained with
            inside SMA, which has no weights there.

    Returns:
        The model, as its builder makes it.

    Raises:
        ValueError: for names of no known network, for what is missing, and for arguments that
            contradict the weights.

    Example:
        >>> model = keras_snn.applications.from_pytorch(
        ...     "cifar10_dvs.pth", input_shape=(10, 128, 128, 2), attention_activation="lif"
        ... )
    """
    arrays = reading.read(source)
    family = names.detect(arrays)
    entries, convert = loading.translate(arrays, family)
    ours = {path: array for path, array in entries.values() if path is not None}
    rows = ROWS[family.signature]
    model = assemble(_plan(rows, ours, time_steps, input_shape, attention_activation))
    loading.assign(loading.match(loading.named_weights(model), entries, convert))
    return model


def _plan(
    rows: tuple[Row, ...],
    ours: Arrays,
    time_steps: int | None,
    input_shape: tuple[int | None, ...] | None,
    activation: Any,
) -> Plan:
    attention = _attention(ours)
    row = _row(rows, ours, attention)
    shape, time_steps = _shape_and_time(ours, time_steps, input_shape, attention, activation)
    told = {
        "input_shape": shape,
        "time_steps": time_steps,
        "classes": _size(ours, "predictions", 0),
        "filters": [_size(ours, layer, 0) for layer in row.widths()],
        "units": [_size(ours, layer, 0) for layer in row.head_layers[:-1]],
    }
    places = _places(ours, attention, activation, row) if attention else {}
    plan = Plan(row=row, **{**row.defaults(), **told, "places": places})
    _require_channels(ours, plan)
    return plan


def _size(ours: Arrays, layer: str, axis: int) -> int:
    """A size of a layer's kernel; 0 is the number of outputs, 1 that of inputs."""
    kernel = ours.get(f"{layer}/kernel")
    good = kernel is not None and kernel.ndim >= 2
    require(good, "source", "hold all weights of a network", missing=f"{layer}/kernel")
    return kernel.shape[axis]  # type: ignore[union-attr]


def _require_channels(ours: Arrays, plan: Plan) -> None:
    first = "stem_conv1" if "stem_conv1/kernel" in ours else plan.row.widths()[0]
    channels = _size(ours, first, 1)
    good = plan.input_shape[-1] == channels
    rule = f"have {channels} channels, as the weights"
    require(good, "input_shape", rule, input_shape=plan.input_shape)


def _row(rows: tuple[Row, ...], ours: Arrays, attention: str | None) -> Row:
    """The row of the table whose blocks and stem these are."""
    blocks = {m.groups() for m in (re.match(r"stage(\d+)_block(\d+)_", path) for path in ours) if m}
    stages = sorted({int(stage) for stage, _ in blocks})
    depths = tuple(sum(int(stage) == s for stage, _ in blocks) for s in stages)
    stem = tuple(
        ours[f"stem_conv{n}/kernel"].shape[-1] for n in (1, 2, 3) if f"stem_conv{n}/kernel" in ours
    )
    for row in rows:
        kernels = tuple(kernel_size for kernel_size, _ in row.stem)
        if (row.attention, row.depths, kernels) == (attention, depths, stem):
            return row
    raise ValueError(
        "`source` must hold a network of keras_snn.applications. "
        f"Received: blocks a stage={depths}, kernels of the stem={stem}, attention={attention!r}"
    )


def _attention(ours: Arrays) -> str | None:
    for kind in ("sma", "fsta"):
        if any(f"_{kind}" in path.split("/")[0] for path in ours):
            return kind
    return None


def _shape_and_time(
    ours: Arrays, time_steps: int | None, shape: Any, attention: str | None, activation: Any
) -> tuple[Any, int | None]:
    """Input shape and T, or one error that names everything that nothing tells."""
    learned = _learned_time_steps(ours)
    frames = isinstance(shape, (tuple, list)) and len(shape) == 4
    told = learned or time_steps or (shape[0] if frames else None)
    missing = {
        "input_shape": (shape is None, "the image's size, and images or frames"),
        "time_steps": (told is None, "no weight has their number"),
        "attention_activation": (
            attention == "sma" and activation is None,
            '"lif" or "relu", neither of which has weights',
        ),
    }
    absent = {name: why for name, (is_missing, why) in missing.items() if is_missing}
    wanted = ", ".join(f"`{name}` ({why})" for name, why in absent.items())
    require(not absent, "from_pytorch", f"be told {wanted}", **dict.fromkeys(absent))
    agrees = learned is None or time_steps in (None, learned)
    require(agrees, "time_steps", f"be {learned}, as in the weights", time_steps=time_steps)
    if frames and learned is not None:
        good = shape[0] in (None, learned)
        require(good, "input_shape", f"have {learned} frames, as the weights", input_shape=shape)
    return shape, told


def _learned_time_steps(ours: Arrays) -> int | None:
    """T where SMA's time branch or FSTA has it."""
    ends = ("time_branch/squeeze/kernel", "/time_kernel")
    found = {a.shape[1] for path, a in ours.items() if path.endswith(ends) and a.ndim >= 2}
    require(len(found) <= 1, "source", "have one number of time steps", time_steps=sorted(found))
    return found.pop() if found else None


def _places(ours: Arrays, kind: str, activation: Any, row: Row) -> dict[str, SMA | FSTA]:
    """The attention layer of every place that has one."""
    inside: dict[str, dict[str, np.ndarray]] = {}
    for path, array in ours.items():
        found = re.fullmatch(rf"(.+)_{kind}\d?/(.+)", path)
        if found:
            inside.setdefault(found[1], {})[found[2]] = array
    usual = row.settings[kind]
    if kind == "sma":
        return {place: _sma(arrays, activation, usual) for place, arrays in inside.items()}
    return {place: _fsta(arrays, usual) for place, arrays in inside.items()}


def _sma(arrays: Arrays, activation: Any, usual: Mapping[str, Any]) -> SMA:
    sizes: list[int] = []
    while f"scale{len(sizes)}/conv/kernel" in arrays:
        sizes.append(arrays[f"scale{len(sizes)}/conv/kernel"].shape[-1])
    hidden, channels = _shape_of(arrays, "channel_branch/squeeze/kernel")
    time_attention = "time_branch/squeeze/kernel" in arrays
    return SMA(
        kernel_sizes=tuple(sizes),
        channel_reduction=_divisor(channels, hidden, usual["channel_reduction"]),
        time_reduction=_time_reduction(arrays, usual) if time_attention else 4,
        time_attention=time_attention,
        activation=activation,
    )


def _time_reduction(arrays: Arrays, usual: Mapping[str, Any]) -> float:
    """The usual divisor where it fits."""
    hidden, time_steps = _shape_of(arrays, "time_branch/squeeze/kernel")
    fits = int(time_steps / usual["time_reduction"] + 1e-9) == hidden
    return usual["time_reduction"] if fits else time_steps / hidden


def _fsta(arrays: Arrays, usual: Mapping[str, Any]) -> FSTA:
    hidden, filters = _shape_of(arrays, "conv0/kernel")
    size = isqrt(filters)
    rule = "hold FSTA with all filters of a square bank"
    require(size * size == filters, "source", rule, filters=filters)
    bottleneck = "conv1/kernel" in arrays
    reduction = _divisor(filters, hidden, usual.get("reduction", 1)) if bottleneck else 1
    return FSTA(frequency_size=size, reduction=reduction)


def _shape_of(arrays: Arrays, path: str) -> tuple[int, int]:
    """Outputs and inputs of a projection."""
    good = path in arrays and arrays[path].ndim >= 2
    require(good, "source", "hold all weights of its attention", missing=path)
    return arrays[path].shape[:2]


def _divisor(size: int, hidden: int, usual: int) -> int:
    """A divisor r with size // r == hidden; the usual one where it fits."""
    for divisor in (usual, *range(1, size + 1)):
        if size // divisor == hidden:
            return divisor
    raise ValueError(
        "`source` must have a bottleneck that divides its size. "
        f"Received: size={size}, bottleneck={hidden}"
    )
