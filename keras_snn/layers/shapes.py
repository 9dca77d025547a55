"""Checks of shapes that several layers make."""

from keras_snn.validation import require


def require_sequence(shape):
    """Raises unless `shape` is (batch, time, ...) with at least one axis after time."""
    rule = "have the axes (batch, time, ...), at least three"
    require(len(shape) >= 3, "inputs", rule, shape=tuple(shape))
    require(shape[1] != 0, "inputs", "have at least one time step", shape=tuple(shape))


def require_maps(shape):
    """Raises unless `shape` is (batch, time, height, width, channels), time and channels fixed."""
    require(
        len(shape) == 5 and shape[1] is not None and shape[4] is not None,
        "inputs",
        "have the axes (batch, time, height, width, channels), time and channels fixed",
        shape=tuple(shape),
    )


def require_time_steps(inputs, time_steps):
    """Raises unless maps have the number of time steps that a layer was built for."""
    require(
        len(inputs.shape) == 5 and inputs.shape[1] == time_steps,
        "inputs",
        f"have five axes and {time_steps} time steps, as built",
        shape=tuple(inputs.shape),
    )


def require_shape(argument, shape, wanted):
    """Raises unless `shape` is `wanted`, where None stands for any size."""
    fits = len(shape) == len(wanted) and all(
        None in pair or pair[0] == pair[1] for pair in zip(shape, wanted, strict=True)
    )
    require(fits, argument, f"have the shape {tuple(wanted)}", shape=tuple(shape))
