"""Builds the network of a PyTorch checkpoint, recognized by names and shapes."""

import re
from typing import Any

import keras

from keras_snn.applications import ms_resnet, spiking_resnet, vgg
from keras_snn.applications.checkpoint_attention import (
    Arrays,
    kind_of,
    learned_time_steps,
    places_of,
)
from keras_snn.applications.network import assemble
from keras_snn.applications.plan import Plan
from keras_snn.applications.row import Row
from keras_snn.checkpoints import loading, names, reading
from keras_snn.validation import require

ROWS = {
    "block1.": vgg.ROWS,
    "conv2_x.": ms_resnet.ROWS,
    "layer1.": spiking_resnet.ROWS,
}
"""The networks of each family, by its signature in `checkpoints.names`."""


def from_pytorch(
    source: Any,
    *,
    time_steps: int | None = None,
    input_shape: tuple[int | None, ...] | None = None,
    attention_activation: Any = None,
) -> keras.Model:
    """Builds the network of an authors' checkpoint, with its weights.

    Names and shapes determine the family, depth, filters and classes, where attention is, and its
    kernel sizes and bottlenecks. The weights of SMA and FSTA also determine the number of time
    steps T. If something else is missing, one error asks for all of it.

    Args:
        source: A mapping from PyTorch names to arrays, or a path, as in
            `keras_snn.checkpoints.load_pytorch`.
        time_steps: T, needed if neither SMA nor FSTA nor `input_shape` determines it.
        input_shape: (height, width, channels) of images or (time, height, width, channels) of
            frames. Time may be None if the weights determine it.
        attention_activation: The activation inside SMA in training, "lif", "relu" or a layer. It
            has no weights, so no checkpoint determines it.

    Returns:
        The same model as its builder makes.

    Raises:
        ValueError: If the names belong to no known network, if something is missing, or if an
            argument contradicts the weights.

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
    attention = kind_of(ours)
    row = _row(rows, ours, attention)
    shape, time_steps = _shape_and_time(ours, time_steps, input_shape, attention, activation)
    told = {
        "input_shape": shape,
        "time_steps": time_steps,
        "classes": _size(ours, "predictions", 0),
        "filters": [_size(ours, layer, 0) for layer in row.widths()],
        "units": [_size(ours, layer, 0) for layer in row.head_layers[:-1]],
    }
    places = places_of(ours, attention, activation, row) if attention else {}
    plan = Plan(row=row, **{**row.defaults(), **told, "places": places})
    _require_channels(ours, plan)
    return plan


def _size(ours: Arrays, layer: str, axis: int) -> int:
    """Returns a size of a layer's kernel: axis 0 has the outputs, axis 1 the inputs."""
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
    """Returns the row of the table that has these blocks and this stem."""
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
        f"Received: blocks per stage={depths}, kernels of the stem={stem}, attention={attention!r}"
    )


def _shape_and_time(
    ours: Arrays, time_steps: int | None, shape: Any, attention: str | None, activation: Any
) -> tuple[Any, int | None]:
    """Returns the input shape and T, or raises one error that names all that is missing."""
    learned = learned_time_steps(ours)
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
    require(not absent, "from_pytorch", f"be given {wanted}", **dict.fromkeys(absent))
    agrees = learned is None or time_steps in (None, learned)
    require(agrees, "time_steps", f"be {learned}, as in the weights", time_steps=time_steps)
    if frames and learned is not None:
        good = shape[0] in (None, learned)
        require(good, "input_shape", f"have {learned} frames, as the weights", input_shape=shape)
    return shape, told
