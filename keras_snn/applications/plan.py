"""The arguments of all prebuilt networks, checked before any layer is built."""

import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypedDict

import keras

from keras_snn.applications import attention as kinds
from keras_snn.applications import pretrained
from keras_snn.applications.input_shape import shape_and_time
from keras_snn.applications.row import Row
from keras_snn.layers import AZO
from keras_snn.validation import choice, count, flag, found, require

POOLING = (None, "avg", "max")

Block = int | str | tuple[int, int]


class Options(TypedDict, total=False):
    """The keyword arguments of the residual networks; `Plan` documents and checks them."""

    include_top: bool
    weights: str | os.PathLike[str] | None
    input_tensor: Any
    input_shape: Sequence[int | None] | None
    pooling: Literal["avg", "max"] | None
    classes: int
    classifier_activation: str | Callable[..., Any] | None
    name: str | None
    attention: Literal["sma", "fsta"] | keras.layers.Layer | None
    attention_activation: str | keras.layers.Layer
    attention_blocks: Sequence[Block] | None
    azo: AZO | None
    time_steps: int | None
    return_sequences: bool
    filters: Sequence[int]


class VGGOptions(Options, total=False):
    """The keyword arguments of the VGG networks."""

    units: Sequence[int]


@dataclass(frozen=True)
class Plan:
    """A network to build: the checked arguments of its builder.

    Args:
        include_top: Whether the head, which ends with the classifier, follows the features.
        weights: None, a name from `keras_snn.applications.list_weights()`, or a path:
            `.weights.h5`, `.keras`, or the authors' `.pth`, `.safetensors` or `.npz`. With another
            number of `classes`, or without top, everything but the classifier is loaded; for VGG8
            without top, everything but the dense layers.
        input_tensor: A Keras tensor to use as the input.
        input_shape: (height, width, channels) of a static image, which is repeated `time_steps`
            times, or (time, height, width, channels) of frames. Layers before the first neuron
            process a static image only once.
        pooling: The output without top: None gives features (batch, time, height, width, channels);
            "avg" or "max" gives a vector per sample, pooled over space and averaged over time.
        classes: Number of classes.
        classifier_activation: Activation of the logits' mean over time; None returns the logits.
        name: Name of the model.
        attention: None, "sma" (after the first convolution of a block), "fsta" (before its
            neurons), or a layer of your own that keeps the shape of its input. Every place that SMA
            would take then gets a copy of this layer, made from its `get_config`.
        attention_activation: The activation inside SMA: "lif", "relu" or a layer.
        attention_blocks: The blocks that have attention; None means all. For VGG8 these are numbers
            from 1 to 5. For residual networks they are numbers of blocks, each in every stage that
            has such a block, or pairs (stage, block), both counted from 1; with FSTA also "stem" if
            the stem has neurons.
        azo: None, or an `AZO` layer that every SMA copies.
        time_steps: Number of time steps of a static image. For frames, `input_shape` sets it.
        return_sequences: Whether the output is the activation at every time step. Keras's losses
            then need a label for every time step; `losses.TemporalEfficientTraining` needs one per
            sample.
        filters: Number of channels of every stage, or of every block of VGG8. A stem has as many as
            the first stage; that of MaxResNet18 has 64.
        units: Sizes of the hidden dense layers of VGG8.
        row: The network; not an argument of a builder.
        places: The layer that each place copies; not an argument of a builder.

    Raises:
        ValueError: If an argument is out of range.
    """

    row: Row
    classes: int
    name: str | None
    attention: Any
    attention_activation: Any
    attention_blocks: Any
    filters: Any
    units: Any = ()
    include_top: bool = True
    weights: Any = None
    input_tensor: Any = None
    input_shape: Any = None
    pooling: str | None = None
    classifier_activation: Any = "softmax"
    azo: AZO | None = None
    time_steps: int | None = None
    return_sequences: bool = False
    places: Mapping[str, keras.layers.Layer] = field(default_factory=dict)

    def __post_init__(self) -> None:
        row = self.row
        shape, time_steps = shape_and_time(self)
        checked = {
            "input_shape": shape,
            "time_steps": time_steps,
            "include_top": flag("include_top", self.include_top),
            "return_sequences": flag("return_sequences", self.return_sequences),
            "classes": count("classes", self.classes),
            "pooling": choice("pooling", self.pooling, POOLING),
            "filters": _sizes("filters", self.filters, len(row.filters)),
            "units": _sizes("units", self.units, len(row.units)),
            "weights": pretrained.file_of(self.weights, row.title),
        }
        for argument, value in checked.items():
            object.__setattr__(self, argument, value)
        _require_name(self.name)
        found(keras.activations.get, "classifier_activation", self.classifier_activation)
        object.__setattr__(self, "places", self.places or _places(self))
        for place, layer in self.places.items():
            kinds.require_sizes(layer, self._width(place), time_steps, shape)

    @property
    def copies(self) -> int:
        """The number of times that a static image is repeated, once per time step."""
        return self.time_steps or self.row.time_steps

    def _width(self, place: str) -> int:
        """Returns the number of channels at a place: `stage2_block1`, `block2` or `stem`."""
        number = re.search(r"\d+", place)
        return self.filters[int(number[0]) - 1 if number else 0]


def _places(plan: Plan) -> Mapping[str, keras.layers.Layer]:
    row = plan.row
    layer = kinds.template(plan.attention, row.settings, plan.attention_activation, plan.azo)
    if layer is None:
        return {}
    return kinds.places(layer, row.places(), plan.attention_blocks, row.stem_settings)


def _sizes(argument: str, sizes: Any, length: int) -> tuple[int, ...]:
    good = isinstance(sizes, (tuple, list)) and len(sizes) == length
    require(good, argument, f"be a tuple of {length} integers", **{argument: sizes})
    return tuple(count(argument, size) for size in sizes)


def _require_name(name: Any) -> None:
    require(name is None or isinstance(name, str), "name", "be None or a string", name=name)
