"""The arguments that all prebuilt networks share, checked before any layer is built."""

import math
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import keras

from keras_snn.layers import AZO, SMA
from keras_snn.validation import choice, count, require

Place = str
"""Where attention may stand: the prefix of its layer's name, such as `stage1_block2`."""

POOLING = (None, "avg", "max")
ATTENTION = (None, "sma", "fsta")
SUFFIXES = (".weights.h5", ".keras", ".pth", ".pt", ".safetensors", ".npz")


@dataclass(frozen=True)
class Variant:
    """A row of a family's table: what sets one network apart from the others.

    Args:
        title, name: Of the builder and of its models.
        input_shape, time_steps, classes, filters, units: Defaults; `time_steps` is that of a
            static image.
        smallest: Least height and width.
        places: What `attention_blocks` may hold, and the places that each of it means.
        widths: The layers whose channels are `filters`.
        depths: Blocks a stage, of a residual network.
        stem_kernels: Kernel sizes of its stem's convolutions.
        stem: Places of the stem, for FSTA alone.
        attention, attention_blocks: Defaults of the builder.
        settings: Arguments of SMA and FSTA, by kind, in this family.
        stem_settings: Arguments of FSTA in the stem.
        head: Layers of the head that have weights.
        fixed_size: Whether the head needs a map of known size.
        structure: What the family's body reads besides.
    """

    title: str
    name: str
    input_shape: tuple[int, ...]
    time_steps: int
    classes: int
    smallest: int
    filters: tuple[int, ...]
    places: Mapping[Any, tuple[Place, ...]]
    settings: Mapping[str, Mapping[str, Any]]
    widths: tuple[str, ...]
    depths: tuple[int, ...] = ()
    stem_kernels: tuple[int, ...] = ()
    attention: str | None = None
    attention_blocks: tuple[Any, ...] | None = None
    units: tuple[int, ...] = ()
    stem: tuple[Place, ...] = ()
    stem_settings: Mapping[str, Any] = field(default_factory=dict)
    head: tuple[str, ...] = ("predictions",)
    fixed_size: bool = False
    structure: Any = None


@dataclass(frozen=True)
class Plan:
    """A network to build: its checked arguments.

    `places` holds the arguments of the attention layer of every place that has one.
    """

    variant: Variant
    shape: tuple[int | None, ...]
    time_steps: int | None
    include_top: bool
    weights: Path | None
    input_tensor: Any
    pooling: str | None
    classes: int
    classifier_activation: Any
    name: str | None
    attention: str | None
    places: Mapping[Place, Mapping[str, Any]]
    return_sequences: bool
    filters: tuple[int, ...]
    units: tuple[int, ...] = ()


def check(
    variant: Variant,
    *,
    input_shape: Sequence[int | None] | None,
    time_steps: int | None,
    classes: int,
    name: str | None,
    attention: str | None,
    filters: Sequence[int],
    units: Sequence[int] = (),
    include_top: bool = True,
    weights: Any = None,
    input_tensor: Any = None,
    pooling: str | None = None,
    classifier_activation: Any = "softmax",
    attention_activation: Any = "relu",
    attention_blocks: Sequence[Any] | None = None,
    azo: AZO | None = None,
    return_sequences: bool = False,
) -> Plan:
    """The arguments of a builder as a `Plan`, or one ValueError that names what is wrong."""
    choice("attention", attention, ATTENTION)
    shape, time_steps = _shape(variant, input_tensor, input_shape, time_steps, include_top)
    filters = _sizes("filters", filters, len(variant.filters))
    places = _places(variant, attention, attention_activation, attention_blocks, azo)
    _check_bottlenecks(attention, places, filters, time_steps, shape)
    return Plan(
        variant=variant,
        shape=shape,
        time_steps=time_steps,
        include_top=bool(include_top),
        weights=_weights(weights),
        input_tensor=input_tensor,
        pooling=choice("pooling", pooling, POOLING),
        classes=count("classes", classes),
        classifier_activation=_activation(classifier_activation),
        name=name,
        attention=attention,
        places=places,
        return_sequences=bool(return_sequences),
        filters=filters,
        units=_sizes("units", units, len(variant.units)),
    )


def _sizes(argument: str, sizes: Any, length: int) -> tuple[int, ...]:
    good = isinstance(sizes, (tuple, list)) and len(sizes) == length
    require(good, argument, f"be a tuple of {length} integers", **{argument: sizes})
    return tuple(count(argument, size) for size in sizes)


def _weights(weights: Any) -> Path | None:
    if weights is None:
        return None
    good = isinstance(weights, (str, os.PathLike)) and str(weights).endswith(SUFFIXES)
    require(
        good, "weights", f"be None or a path that ends in {', '.join(SUFFIXES)}", weights=weights
    )
    path = Path(weights)
    require(path.is_file(), "weights", "be an existing file", weights=str(weights))
    return path


def _activation(activation: Any) -> Any:
    try:
        keras.activations.get(activation)
    except (ValueError, TypeError):
        rule = "be None or an activation of keras.activations"
        require(False, "classifier_activation", rule, classifier_activation=activation)
    return activation


def _shape(
    variant: Variant, tensor: Any, given: Any, time_steps: int | None, include_top: bool
) -> tuple[tuple[int | None, ...], int | None]:
    """The input's shape without batch, and the number of time steps."""
    if time_steps is not None:
        time_steps = count("time_steps", time_steps)
    shape = _given_shape(variant, tensor, given, time_steps)
    _check_image(variant, shape[-3:], shape, include_top)
    if len(shape) == 3:
        return shape, time_steps or variant.time_steps
    if shape[0] is None:
        return (time_steps, *shape[1:]), time_steps
    agrees = time_steps in (None, shape[0])
    rule = "be the number of frames in `input_shape`"
    require(agrees, "time_steps", rule, time_steps=time_steps, input_shape=shape)
    return shape, shape[0]


def _given_shape(
    variant: Variant, tensor: Any, given: Any, time_steps: int | None
) -> tuple[int | None, ...]:
    """The shape that the user means, of rank 3 or 4."""
    if tensor is not None:
        return _tensor_shape(tensor, given)
    if given is None:
        frames = len(variant.input_shape) == 4 and time_steps is not None
        return (time_steps, *variant.input_shape[1:]) if frames else variant.input_shape
    good = isinstance(given, (tuple, list)) and len(given) in (3, 4)
    rule = "be (height, width, channels) or (time, height, width, channels)"
    require(good, "input_shape", rule, input_shape=given)
    return tuple(None if size is None else count("input_shape", size, at_least=1) for size in given)


def _tensor_shape(tensor: Any, given: Any) -> tuple[int | None, ...]:
    shape = tuple(tensor.shape)[1:] if hasattr(tensor, "shape") else ()
    rule = "be a tensor (batch, height, width, channels) or (batch, time, height, width, channels)"
    require(len(shape) in (3, 4), "input_tensor", rule, input_tensor=tensor)
    agrees = given is None or tuple(given) == shape
    rule = "be the shape of `input_tensor` without batch"
    require(agrees, "input_shape", rule, input_shape=given, input_tensor=tuple(tensor.shape))
    return shape


def _check_image(
    variant: Variant, image: tuple[int | None, ...], shape: Any, include_top: bool
) -> None:
    *size, channels = image
    require(channels is not None, "input_shape", "tell the channels", input_shape=shape)
    fixed = None not in size or not (variant.fixed_size and include_top)
    require(fixed, "input_shape", "tell height and width", input_shape=shape)
    large = all(side is None or side >= variant.smallest for side in size)
    rule = f"have a height and a width of at least {variant.smallest}"
    require(large, "input_shape", rule, input_shape=shape)


def _places(
    variant: Variant, attention: str | None, activation: Any, blocks: Any, azo: Any
) -> dict[Place, dict[str, Any]]:
    """The arguments of attention at every place that has it."""
    used = azo is None or attention == "sma"
    require(used, "azo", 'be None unless `attention` is "sma"', azo=azo, attention=attention)
    if attention is None:
        return {}
    settings = dict(variant.settings[attention])
    if attention == "sma":
        settings |= {"activation": activation, "azo": azo}
        SMA(**settings)  # raises for an activation or an azo that is none
    chosen = _chosen(variant, attention, blocks)
    stem = {**settings, **variant.stem_settings}
    return {place: dict(stem if place in variant.stem else settings) for place in chosen}


def _chosen(variant: Variant, attention: str, blocks: Any) -> list[Place]:
    """The places that `attention_blocks` means, None being all."""
    allowed = dict(variant.places)
    if variant.stem and attention == "fsta":
        allowed["stem"] = variant.stem
    if blocks is None:
        return [place for places in allowed.values() for place in places]
    good = isinstance(blocks, (tuple, list)) and len(blocks) > 0
    keys = [tuple(key) if isinstance(key, list) else key for key in blocks] if good else []
    good = good and all(_hashable(key) and key in allowed for key in keys)
    rule = f"be a tuple of blocks out of {', '.join(map(repr, allowed))}"
    require(good, "attention_blocks", rule, attention_blocks=blocks)
    return [place for key in keys for place in allowed[key]]


def _check_bottlenecks(
    attention: str | None,
    places: Mapping[Place, Mapping[str, Any]],
    filters: tuple[int, ...],
    time_steps: int | None,
    shape: Any,
) -> None:
    """Attention needs a known number of time steps, SMA also a hidden unit in each branch."""
    for place, settings in places.items():
        rule = f'tell the number of time steps where `attention` is "{attention}"'
        require(time_steps is not None, "input_shape", rule, input_shape=shape)
        if attention != "sma":
            continue
        least = math.ceil(settings["time_reduction"])
        good = time_steps is None or time_steps >= least
        require(good, "time_steps", f"be at least {least} for SMA", time_steps=time_steps)
        width = filters[int(re.findall(r"\d+", place)[0]) - 1]
        least = settings["channel_reduction"]
        require(width >= least, "filters", f"be at least {least} where SMA is", filters=filters)


def _hashable(key: Any) -> bool:
    return isinstance(key, (int, str, tuple)) and not isinstance(key, bool)
