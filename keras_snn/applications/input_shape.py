"""Checks the input shape and the number of time steps of a prebuilt network."""

from typing import TYPE_CHECKING, Any

from keras_snn.validation import count, require

if TYPE_CHECKING:  # `plan` imports this file
    from keras_snn.applications.plan import Plan


def shape_and_time(plan: "Plan") -> tuple[tuple[int | None, ...], int | None]:
    """Returns the shape of the input without batch, and the number of time steps."""
    time_steps = None if plan.time_steps is None else count("time_steps", plan.time_steps)
    shape = _given_shape(plan, time_steps)
    _require_image(plan, shape)
    if len(shape) == 3:
        return shape, time_steps or plan.row.time_steps
    if shape[0] is None:
        return (time_steps, *shape[1:]), time_steps
    agrees = time_steps in (None, shape[0])
    rule = "be the number of frames in `input_shape`"
    require(agrees, "time_steps", rule, time_steps=time_steps, input_shape=shape)
    return shape, shape[0]


def _given_shape(plan: "Plan", time_steps: int | None) -> tuple[int | None, ...]:
    """Returns the shape that the user means, of rank 3 or 4."""
    given = plan.input_shape
    if plan.input_tensor is not None:
        return _tensor_shape(plan.input_tensor, given)
    if given is None:
        usual = plan.row.input_shape
        return (time_steps, *usual[1:]) if len(usual) == 4 and time_steps else usual
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


def _require_image(plan: "Plan", shape: tuple[int | None, ...]) -> None:
    *size, channels = shape[-3:]
    require(
        channels is not None, "input_shape", "contain the number of channels", input_shape=shape
    )
    fixed = None not in size or not (plan.row.fixed_size and plan.include_top)
    require(fixed, "input_shape", "contain height and width", input_shape=shape)
    smallest = plan.row.smallest
    large = all(side is None or side >= smallest for side in size)
    rule = f"have a height and a width of at least {smallest}"
    require(large, "input_shape", rule, input_shape=shape)
