"""Operations of `keras.ops` in a graph: those that are known to act on each time step alone."""

from typing import Any

import keras

ELEMENTWISE = frozenset(
    [
        "Absolute",
        "Add",
        "Subtract",
        "Multiply",
        "Divide",
        "DivideNoNan",
        "TrueDivide",
        "FloorDivide",
        "Power",
        "Negative",
        "Reciprocal",
        "Square",
        "Sqrt",
        "Exp",
        "Expm1",
        "Log",
        "Log1p",
        "Log2",
        "Log10",
        "Sin",
        "Cos",
        "Tanh",
        "Sign",
        "Round",
        "Floor",
        "Ceil",
        "Clip",
        "Maximum",
        "Minimum",
        "Where",
        "Equal",
        "NotEqual",
        "Greater",
        "GreaterEqual",
        "Less",
        "LessEqual",
        "LogicalAnd",
        "LogicalOr",
        "LogicalNot",
        "Isfinite",
        "Isinf",
        "Isnan",
        "NanToNum",
        "OnesLike",
        "ZerosLike",
        "FullLike",
        "Copy",
        "Cast",
        "SaturateCast",
        "StopGradient",
        "Relu",
        "Relu6",
        "Sigmoid",
        "Softplus",
        "Softsign",
        "Silu",
        "LogSigmoid",
        "LeakyRelu",
        "HardSigmoid",
        "HardSilu",
        "Elu",
        "Selu",
        "Gelu",
        "Celu",
        "HardTanh",
        "HardShrink",
        "SoftShrink",
        "Threshold",
    ]
)
"""Each element of the output needs the elements at its own place."""
REDUCING = frozenset(
    [
        "Mean",
        "Sum",
        "Max",
        "Min",
        "Amax",
        "Amin",
        "Prod",
        "Std",
        "Var",
        "Median",
        "All",
        "Any",
        "CountNonzero",
    ]
)
"""Operations along an `axis` that may also take the time axis away."""
ALONG_AXES = REDUCING | frozenset(
    [
        "Softmax",
        "LogSoftmax",
        "Concatenate",
        "Flip",
        "Roll",
        "Cumsum",
        "Cumprod",
        "Sort",
        "Argmax",
        "Argmin",
        "Repeat",
        "Stack",
        "Squeeze",
        "ExpandDims",
        "Normalize",
        "LayerNorm",
        "RMSNorm",
    ]
)
"""Everything happens along the operation's `axis`."""


def acts_per_step(node: Any) -> bool:
    """Tells whether an operation of `keras.ops` is known to need no other time step, axis 1.

    An operation that takes the time axis away counts as one of the last step. An operation that
    is not known does not act per step.
    """
    operation = node.operation
    name = type(operation).__name__
    if not type(operation).__module__.startswith("keras.src.ops."):
        return False
    if name in ELEMENTWISE:
        return _keeps_places(node)
    if name in ALONG_AXES:
        return _spares_time(node)
    return name == "GetItem" and _takes_all_steps(node.arguments.args[1])


def mean_over_time(operation: Any) -> bool:
    """Tells whether an operation is `ops.mean(x, 1)`, a mean over time alone."""
    return reduces_time(operation) and type(operation).__name__ == "Mean"


def reduces_time(operation: Any) -> bool:
    """Tells whether an operation of `keras.ops` reduces axis 1 alone, and takes it away."""
    ours = type(operation).__module__.startswith("keras.src.ops.")
    named = type(operation).__name__ in REDUCING and not getattr(operation, "keepdims", True)
    return ours and named and operation.axis in (1, [1], (1,))


def _keeps_places(node: Any) -> bool:
    """Whether no broadcast puts an axis of one operand in the place of another's."""
    ranks = {len(x.shape) for x in node.input_tensors}
    return len(ranks) == 1 or min(ranks) == 0


def _spares_time(node: Any) -> bool:
    operation, rank = node.operation, len(node.input_tensors[0].shape)
    name = type(operation).__name__
    given = getattr(operation, "axis", None)
    if given is None:
        return False
    axes = given if isinstance(given, (list, tuple)) else [given]
    rank = len(node.outputs[0].shape) if name in ("ExpandDims", "Stack") else rank
    places = [axis % rank for axis in axes]
    ends = name in REDUCING and not operation.keepdims and 1 in places and 0 not in places
    return min(places) > 1 or ends


def _takes_all_steps(key: Any) -> bool:
    """Whether x[key] keeps batch and time as they are."""
    keys = key if isinstance(key, tuple) else (key,)
    return len(keys) > 1 and all(part == slice(None) for part in keys[:2])


def is_layer(operation: Any) -> bool:
    """Tells whether the operation of a call is a layer."""
    return isinstance(operation, keras.layers.Layer)
