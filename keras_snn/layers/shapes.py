"""Shapes: their type, and the checks that several layers make."""

from typing import Any

from keras_snn.validation import require

Shape = tuple[int | None, ...]
"""Sizes of all axes, None where one is not fixed."""


def require_sequence(shape: Shape) -> None:
    """Raises unless `shape` is (batch, time, ...) with at least one axis after time."""
    rule = "have the axes (batch, time, ...), at least three"
    require(len(shape) >= 3, "inputs", rule, shape=tuple(shape))
    require(shape[1] != 0, "inputs", "have at least one time step", shape=tuple(shape))


def require_maps(shape: Shape) -> tuple[int, int]:
    """Returns time steps and channels of a shape (batch, time, height, width, channels).

    Raises:
        ValueError: for another shape, or one of the two not fixed.
    """
    found: Any = (shape[1], shape[4]) if len(shape) == 5 else (None,)
    rule = "have the axes (batch, time, height, width, channels), time and channels fixed"
    require(None not in found, "inputs", rule, shape=tuple(shape))
    return found


def require_time_steps(inputs: Any, time_steps: int) -> None:
    """Raises unless maps have the number of time steps that a layer was built for."""
    require(
        len(inputs.shape) == 5 and inputs.shape[1] == time_steps,
        "inputs",
        f"have five axes and {time_steps} time steps, as built",
        shape=tuple(inputs.shape),
    )


def require_shape(argument: str, shape: Shape, wanted: Shape) -> None:
    """Raises unless `shape` is `wanted`, where None stands for any size."""
    fits = len(shape) == len(wanted) and all(
        None in pair or pair[0] == pair[1] for pair in zip(shape, wanted, strict=True)
    )
    require(fits, argument, f"have the shape {tuple(wanted)}", shape=tuple(shape))
