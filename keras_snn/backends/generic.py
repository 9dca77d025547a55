"""The forms of any backend: the functions of `functional` as they are."""

from typing import Any

from keras import ops

from keras_snn.functional import batch_normalization
from keras_snn.functional.convolution import convolve_each
from keras_snn.functional.custom_gradient import run_neurons
from keras_snn.functional.precision import wide_dtype

__all__ = ["batch_norm", "convolve_each", "over_replicas", "run_neurons"]


def over_replicas(part: Any) -> Any:
    """Sums over all replicas what each has: JAX and PyTorch have no replicas."""
    return part


def batch_norm(
    x: Any, gamma: Any, beta: Any, epsilon: float, weights: Any = None, total: Any = None
) -> tuple[Any, Any, Any]:
    """Normalizes x by its own statistics. Returns y, the mean and the unbiased variance.

    Args:
        x: (..., channels); half types are computed in float32.
        gamma, beta: (channels,) or None.
        epsilon: Added to the variance.
        weights: None, or x's rank without channels, 0 where an element does not count.
        total: None, or the sum over the replicas that share their statistics.
    """
    wide = ops.cast(x, wide_dtype(x.dtype))
    mean, variance, unbiased = batch_normalization.moments(wide, weights, total)
    scale, shift = batch_normalization.scale_and_shift(mean, variance, gamma, beta, epsilon)
    return ops.cast(wide * scale + shift, x.dtype), mean, unbiased
