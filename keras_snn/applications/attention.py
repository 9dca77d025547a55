"""Attention inside the networks: the kinds that have a name, and where each is placed."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import keras

from keras_snn.layers import FSTA, SMA
from keras_snn.layers.scales import copy_under_policy
from keras_snn.validation import require


@dataclass(frozen=True)
class Kind:
    """One kind of attention.

    Args:
        layer: The class of the layer.
        after: The places in a block that it takes: after the (first) "convolution", after its
            "normalization", or after the "addition" of the shortcut. A stem only has
            normalizations.
        fixed_time: Whether the shape of its weights depends on the number of time steps.
    """

    layer: type[keras.layers.Layer]
    after: tuple[str, ...]
    fixed_time: bool = True


KINDS = {
    "sma": Kind(SMA, ("convolution",)),
    "fsta": Kind(FSTA, ("normalization", "addition")),
}
"""The named attention layers, by name."""

OWN = Kind(keras.layers.Layer, ("convolution",), fixed_time=False)
"""Any other layer takes the places of SMA."""


def kind_of(layer: keras.layers.Layer) -> Kind:
    """Returns the kind of an attention layer."""
    return next((kind for kind in KINDS.values() if isinstance(layer, kind.layer)), OWN)


def name_of(layer: keras.layers.Layer) -> str:
    """Returns the name of an attention layer in a network: "sma", "fsta" or its own."""
    names = (name for name, kind in KINDS.items() if type(layer) is kind.layer)
    return next(names, re.sub(r"_\d+$", "", layer.name))


def template(
    attention: Any, settings: Mapping[str, Mapping[str, Any]], activation: Any, azo: Any
) -> keras.layers.Layer | None:
    """Makes the layer of which every place in a network takes a copy.

    Args:
        attention: The argument of the builder: "sma", "fsta", a layer, or None.
        settings: Arguments of the named layers in this family of networks.
        activation, azo: Arguments of SMA.
    """
    used = azo is None or attention == "sma"
    require(used, "azo", 'be None unless `attention` is "sma"', azo=azo, attention=attention)
    if attention is None:
        return None
    if isinstance(attention, keras.layers.Layer):
        return _checked(attention)
    named = isinstance(attention, str) and attention in KINDS
    rule = f"be one of None, {', '.join(map(repr, KINDS))}, or a keras.layers.Layer"
    require(named, "attention", rule, attention=attention)
    own = {"activation": activation, "azo": azo} if attention == "sma" else {}
    return KINDS[attention].layer(**settings[attention], **own)


def _checked(layer: keras.layers.Layer) -> keras.layers.Layer:
    """Returns the layer if it can be copied."""
    try:
        copy(layer, layer.name)
    except Exception as error:  # Keras has no common error for layers that cannot be serialized
        reason = (str(error).strip().splitlines() or [""])[0]
        raise ValueError(
            "`attention` must be a layer that its `get_config` can make a copy of. "
            f"Received: attention={type(layer).__name__} ({type(error).__name__}: {reason})"
        ) from None
    return layer


def copy(layer: keras.layers.Layer, name: str, **changes: Any) -> Any:
    """Makes a copy of an attention layer under the global dtype policy."""
    return copy_under_policy(layer, keras.config.dtype_policy(), name=name, **changes)


def places(
    layer: keras.layers.Layer,
    allowed: Mapping[Any, tuple[str, ...]],
    blocks: Sequence[Any] | None,
    stem: Mapping[str, Any] | None,
) -> dict[str, keras.layers.Layer]:
    """Maps every place that has attention to the layer that it copies.

    Args:
        layer: The result of `template`.
        allowed: The values that `blocks` may hold, and the places that each one means.
        blocks: The builder's `attention_blocks`; None means all places.
        stem: None if the stem has no place; otherwise the arguments that differ in its layers.
    """
    everywhere = dict(allowed)
    if stem is not None and "normalization" in kind_of(layer).after:
        everywhere["stem"] = ("stem",)
    chosen = list(everywhere) if blocks is None else _checked_blocks(blocks, everywhere)
    found = {place: layer for key in chosen for place in everywhere[key]}
    if "stem" in found and stem:
        found["stem"] = copy(layer, layer.name, **stem)
    return found


def _checked_blocks(blocks: Any, everywhere: Mapping[Any, Any]) -> list[Any]:
    good = isinstance(blocks, (tuple, list)) and len(blocks) > 0
    keys = [tuple(key) if isinstance(key, list) else key for key in blocks] if good else []
    kinds = (int, str, tuple)
    good = good and all(type(key) in kinds and key in everywhere for key in keys)
    rule = f"be a tuple of blocks out of {', '.join(map(repr, everywhere))}"
    require(good, "attention_blocks", rule, attention_blocks=blocks)
    return keys


def require_sizes(layer: Any, width: int, time_steps: int | None, shape: Any) -> None:
    """Raises an error if attention has too few time steps or channels.

    Args:
        layer: The layer at a place.
        width: Number of channels at the place.
        time_steps: Number of time steps, or None if it is free.
        shape: The input shape of the network, for the message.
    """
    known = time_steps is not None or not kind_of(layer).fixed_time
    rule = f'contain the number of time steps if `attention` is "{name_of(layer)}"'
    require(known, "input_shape", rule, input_shape=shape)
    if not isinstance(layer, SMA):
        return
    least = math.ceil(layer.time_reduction) if layer.time_attention else 1
    enough = time_steps is None or time_steps >= least
    require(enough, "time_steps", f"be at least {least} for SMA", time_steps=time_steps)
    least = layer.channel_reduction
    require(width >= least, "filters", f"be at least {least} where SMA is", filters=width)
