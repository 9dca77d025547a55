"""Surrogate derivatives, which replace the one of the Heaviside step in the backward pass.

Each function takes u = h - v_threshold, the distance of the charged membrane from the threshold,
and returns the surrogate for ds/dh, of u's shape and dtype.
"""

import math
from collections.abc import Callable
from typing import Any

from keras import ops


def atan(u: Any, alpha: float) -> Any:
    """(alpha / 2) / (1 + (pi / 2 * alpha * u)^2)."""
    return (0.5 * alpha) / (1.0 + ops.square((0.5 * math.pi * alpha) * u))


def sigmoid(u: Any, alpha: float) -> Any:
    """alpha * s * (1 - s) with s = sigmoid(alpha * u)."""
    s = ops.sigmoid(alpha * u)
    return alpha * s * (1.0 - s)


def rectangular(u: Any, width: float) -> Any:
    """1 / width where abs(u) < width / 2, otherwise 0."""
    return ops.cast(ops.abs(u) < 0.5 * width, u.dtype) * (1.0 / width)


def tanh(u: Any, temperature: float) -> Any:
    """k * (1 - tanh(k u)^2) / (2 tanh(k / 2)) where abs(u) <= 1 / 2; k = temperature."""
    s = ops.sigmoid((2.0 * temperature) * u)
    slope = s * (1.0 - s) * (4.0 * temperature)  # 1 - tanh(x)^2 = 4 s (1 - s), s = sigmoid(2 x)
    inside = ops.cast(ops.abs(u) <= 0.5, u.dtype)
    return inside * slope * (0.5 / math.tanh(0.5 * temperature))


def fast_sigmoid(u: Any, slope: float) -> Any:
    """1 / (1 + slope * abs(u))^2."""
    return 1.0 / ops.square(1.0 + slope * ops.abs(u))


def gaussian(u: Any, sigma: float) -> Any:
    """exp(-u^2 / (2 sigma^2)) / (sigma * sqrt(2 pi))."""
    return ops.exp(ops.square(u) * (-0.5 / sigma**2)) * (1.0 / (sigma * math.sqrt(2.0 * math.pi)))


def triangular(u: Any, width: float) -> Any:
    """max(0, 1 - abs(u) / width) / width."""
    return ops.relu(1.0 - ops.abs(u) * (1.0 / width)) * (1.0 / width)


def spike(u: Any, derivative: Callable[[Any], Any]) -> Any:
    """Gives 1 where u >= 0, NaN where u is, otherwise 0; the gradient is `derivative(u)`."""

    @ops.custom_gradient
    def run(u: Any) -> tuple[Any, Callable]:
        def gradient(*args: Any, upstream: Any = None) -> Any:
            return (args[0] if upstream is None else upstream) * derivative(u)

        return ops.where(ops.isnan(u), u, ops.cast(u >= 0, u.dtype)), gradient

    return run(u)
