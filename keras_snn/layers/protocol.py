"""The questions that the library asks a layer: is it causal, and what does it cost?

A layer of ours or of a user's own answers with members of its class:

- `causal`, a bool: no output depends on later time steps. An output without a time axis counts as
  one of the last step.
- `macs(input_shape) -> int`: multiply-accumulates per sample, `input_shape` with batch.
- `macs_of_parts(input_shape) -> dict[str, Macs]`, optional: the same for each part.
- `multiplicand(inputs, outputs)`, optional: the tensor (batch, time, ...) that the products take,
  where that is not the layer's input, such as spikes that return to their neurons.
- `kept_elements(input_shape) -> int`, optional: elements per sample that the backward pass keeps,
  where these are more than the outputs.

Keras's own layers have none of these; `KERAS` is the one table of what is known of them, which
`layers.keras_facts` fills. Ask `is_causal(layer)`, `macs_of(layer, input_shape)` and
`parts_of(layer, input_shape)`, never the class of a layer.
"""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import keras

from keras_snn.layers.shapes import Shape
from keras_snn.validation import require


class Macs(NamedTuple):
    """Multiply-accumulates of a layer for one sample.

    Args:
        once: Of one run of the layer.
        times: How often a sample runs it: the number of time steps, None where that is free, or
            1 for what is computed once per sample, such as the stem of a static image.
    """

    once: int
    times: int | None

    @property
    def total(self) -> int | None:
        """The sum over all runs; None where the number of time steps is free."""
        return None if self.times is None else self.once * self.times


class Facts(NamedTuple):
    """Facts about a class of Keras's layers.

    Args:
        causal: The answer, a function of the layer, or None where it is not known.
        macs: (layer, input shape) -> `Macs`, or None where it is not known.
    """

    causal: bool | Callable[[Any], bool] | None
    macs: Callable[[Any, Shape], Macs] | None


KERAS: dict[type[keras.layers.Layer], Facts] = {}
"""Facts about Keras's layers; a subclass has the row of the nearest class."""


def is_causal(layer: Any) -> bool:
    """Tells whether no output of a layer depends on later time steps.

    Raises:
        ValueError: for a layer that has no attribute `causal` and is not known.
    """
    own = getattr(layer, "causal", None)
    causal = _facts(layer).causal if own is None else own
    known = causal is not None
    require(known, "causal", f"be an attribute of {class_of(layer)}", layer=name_of(layer))
    return bool(causal(layer) if callable(causal) else causal)


def macs_of(layer: Any, input_shape: Iterable[int | None]) -> int:
    """Counts the multiply-accumulates of a layer for one sample.

    Args:
        layer: A built layer.
        input_shape: Shape of its (first) input, with batch; all other sizes fixed.

    Raises:
        ValueError: for a layer that has no method `macs` and is not known, or free sizes.
    """
    shape = tuple(input_shape)
    totals = [part.total for part in parts_of(layer, shape).values()]
    require(
        None not in totals, "input_shape", "have fixed sizes", layer=name_of(layer), shape=shape
    )
    return sum(total or 0 for total in totals)


def parts_of(layer: Any, input_shape: Iterable[int | None]) -> dict[str, Macs]:
    """Counts as `macs_of`, for each part: {"": Macs} of a layer that names none."""
    shape = tuple(input_shape)
    if hasattr(layer, "macs_of_parts"):
        return layer.macs_of_parts(shape)
    if hasattr(layer, "macs"):
        return {"": Macs(int(layer.macs(shape)), 1)}
    count = _facts(layer).macs
    known = count is not None
    require(known, "macs", f"be a method of {class_of(layer)}", layer=name_of(layer))
    return {"": count(layer, shape)}  # type: ignore[misc]


def parts_where_known(layer: Any, input_shape: Iterable[int | None]) -> dict[str, Macs] | None:
    """Counts as `parts_of`; None where that raises."""
    try:
        return parts_of(layer, input_shape)
    except ValueError:
        return None


def multiplicand_of(layer: Any, inputs: Any, outputs: Any) -> Any:
    """Gives the tensor that the products of a layer take: its inputs, unless it says otherwise."""
    own = getattr(layer, "multiplicand", None)
    return inputs if own is None else own(inputs, outputs)


def fixed(layer: Any, sizes: Shape) -> Any:
    """Returns `sizes`; raises a ValueError where one of them is None."""
    require(None not in sizes, "input_shape", "have fixed sizes", layer=name_of(layer), sizes=sizes)
    return sizes


def _facts(layer: Any) -> Facts:
    """Finds the row of the nearest class in the table."""
    return next((KERAS[c] for c in type(layer).__mro__ if c in KERAS), Facts(None, None))


def name_of(layer: Any) -> str:
    return str(getattr(layer, "name", layer))


def class_of(layer: Any) -> str:
    return f"the layer class {type(layer).__name__}"
