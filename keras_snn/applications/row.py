"""A prebuilt network as a row of data from which it is built."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from keras_snn.layers import LIF


@dataclass(frozen=True)
class Row:
    """A prebuilt network: its differences from the others, and the defaults of its builder.

    Args:
        title: Name of the builder.
        body: (inputs, plan) -> features (batch, time, height, width, channels).
        head: (features, plan) -> class scores.
        input_shape, classes, filters, units, attention, attention_activation, attention_blocks:
            Defaults of the builder.
        time_steps: Default number of time steps of a static image.
        smallest: Smallest height and width.
        settings: Arguments of SMA and FSTA, by kind.
        stem_settings: None if the stem has no attention; otherwise the arguments of FSTA that
            differ there.
        depths: Number of blocks in every stage of a residual network.
        strides: Strides of the first block of every stage.
        stem: Kernel size and strides of the stem's convolutions.
        stem_filters: Number of channels of the stem; None means as many as the first stage.
        stem_pool: None, or size and padding of the pool of stride 2 after the stem.
        stem_bias: Whether the stem's convolutions have a bias.
        pooled: Whether shortcuts are an average pool and a convolution instead of a strided
            convolution.
        maximum: Whether pools take the maximum: the pool after the stem, which otherwise averages,
            or in MaxResNet a pool in the residual, which replaces the strides of the first
            convolution.
        dropout: Dropout rate before the classifier.
        gammas: Initial gamma of batch normalization, and of the last one in a block.
        neuron_layer, neuron: Class and arguments of the neurons.
        head_layers: The layers of the head that have weights.
        fixed_size: Whether the head needs a map of known size.
    """

    title: str
    body: Callable[..., Any]
    head: Callable[..., Any]
    input_shape: tuple[int, ...]
    time_steps: int
    classes: int
    smallest: int
    filters: tuple[int, ...]
    settings: Mapping[str, Mapping[str, Any]]
    attention: str | None = None
    attention_activation: str = "relu"
    attention_blocks: tuple[Any, ...] | None = None
    units: tuple[int, ...] = ()
    stem_settings: Mapping[str, Any] | None = None
    depths: tuple[int, ...] = ()
    strides: tuple[int, ...] = ()
    stem: tuple[tuple[int, int], ...] = ()
    stem_filters: int | None = None
    stem_pool: tuple[int, int] | None = None
    stem_bias: bool = False
    pooled: bool = False
    maximum: bool = False
    dropout: float = 0.0
    gammas: tuple[float, float] = (1.0, 1.0)
    neuron_layer: type[LIF] = LIF
    neuron: Mapping[str, Any] = field(default_factory=dict)
    head_layers: tuple[str, ...] = ("predictions",)
    fixed_size: bool = False

    def defaults(self) -> dict[str, Any]:
        """Returns the arguments of the builder whose defaults are this network's."""
        own = ("classes", "attention", "attention_activation", "attention_blocks", "filters")
        units = ("units",) if self.units else ()
        name = re.sub("(.)(ResNet|VGG)", r"\1_\2", self.title).lower()
        return {"name": name, **{key: getattr(self, key) for key in (*own, *units)}}

    def widths(self) -> list[str]:
        """Returns the names of the layers that have `filters` channels."""
        form = "stage{}_block1_conv1" if self.depths else "block{}_conv"
        return [form.format(number) for number in range(1, len(self.filters) + 1)]

    def places(self) -> dict[Any, tuple[str, ...]]:
        """Returns the possible values of `attention_blocks`, and the places that each one means."""
        if not self.depths:
            return {number: (f"block{number}",) for number in range(1, len(self.filters) + 1)}
        pairs = {
            (stage, block): (f"stage{stage}_block{block}",)
            for stage, depth in enumerate(self.depths, start=1)
            for block in range(1, depth + 1)
        }
        blocks = range(1, max(self.depths) + 1)
        each = {n: tuple(p[0] for (_, block), p in pairs.items() if block == n) for n in blocks}
        return {**each, **pairs}
