"""Batch normalization with PyTorch's constants and estimates."""

from typing import Any

import keras
import numpy as np
from keras import ops

from keras_snn import backends
from keras_snn.functional import batch_normalization
from keras_snn.functional.precision import wide_dtype
from keras_snn.validation import count, flag, found, real, require


@keras.saving.register_keras_serializable(package="keras_snn")
class BatchNormalization(keras.layers.BatchNormalization):
    """Normalizes over batch, time and space, as PyTorch computes it.

        y = (x - mean) / sqrt(variance + epsilon) * gamma + beta

    In training, mean and (biased) variance are taken over every axis of the batch but the last. The
    running statistics become momentum * running + (1 - momentum) * batch, with the unbiased
    variance, which is n / (n - 1) times the biased one. Inference uses the running statistics. With
    `trainable = False` the layer always runs in inference mode, as Keras's does.

    The running statistics begin at mean 0 and variance 1 and follow slowly: after n training steps
    momentum^n of the start is left. With few steps per epoch a network may therefore validate at
    chance while it learns; `callbacks.RefreshStatistics` measures them before every validation.

    Args:
        axis: The axis of channels: -1, the last.
        momentum: Weight of the running statistics, 0.9 (PyTorch's 0.1).
        epsilon: Added to the variance.
        center, scale: If False, there is no beta, or no gamma.
        beta_initializer, gamma_initializer, moving_mean_initializer,
        moving_variance_initializer, beta_regularizer, gamma_regularizer, beta_constraint,
        gamma_constraint: As in `keras.layers.BatchNormalization`.
        repeats: R, for an input that stands for R equal copies of itself, such as an image before
            `DirectCoding`. The running variance then counts all copies: it is n R / (n R - 1) times
            the biased one.
        synchronized: Whether the replicas of a `tf.distribute` strategy share one mean and one
            variance. With JAX they always do: its batch is that of all devices. PyTorch under
            Keras has one device.

    Call arguments:
        inputs: (batch, ..., channels) of any rank of at least 2; integers are cast.
        training: If True, the statistics of the batch are used.
        mask: Booleans of the input's leading axes, such as (batch, time); it is broadcast over
            those that it lacks. Masked elements take no part in the statistics.
        bias: (channels,) or None. The layer normalizes inputs + bias, without computing the sum. In
            training y does not depend on it, and its gradient is zero.

    Input shape, Output shape:
        (batch, ..., channels)

    Raises:
        ValueError: for `axis` other than -1, `momentum` outside 0 to 1, `repeats` less than 1, a
            mask that does not fit, or a mask where `repeats` is not 1.

    Example:
        >>> keras_snn.layers.BatchNormalization()(np.zeros((2, 10, 34, 34, 16)), training=True)

    Source: Ioffe and Szegedy, arXiv 1502.03167, with PyTorch's constants. Differs from
    `keras.layers.BatchNormalization`: those constants, the unbiased running variance on every
    backend, a fused kernel where the backend has one, masks of lower rank, which
    `synchronized` respects; no renormalization.
    """

    def __init__(
        self,
        axis: int = -1,
        momentum: float = 0.9,
        epsilon: float = 1e-5,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
        moving_mean_initializer: Any = "zeros",
        moving_variance_initializer: Any = "ones",
        beta_regularizer: Any = None,
        gamma_regularizer: Any = None,
        beta_constraint: Any = None,
        gamma_constraint: Any = None,
        repeats: int = 1,
        synchronized: bool = False,
        **kwargs: Any,
    ) -> None:
        good = isinstance(axis, int) and axis == -1
        require(good, "axis", "be -1: channels come last", axis=axis)
        momentum = real("momentum", momentum, at_least=0.0)
        require(momentum <= 1, "momentum", "be at most 1", momentum=momentum)
        initializers = {
            "beta_initializer": beta_initializer,
            "gamma_initializer": gamma_initializer,
            "moving_mean_initializer": moving_mean_initializer,
            "moving_variance_initializer": moving_variance_initializer,
        }
        regularizers = {
            "beta_regularizer": beta_regularizer,
            "gamma_regularizer": gamma_regularizer,
        }
        constraints = {"beta_constraint": beta_constraint, "gamma_constraint": gamma_constraint}
        super().__init__(
            axis=axis,
            momentum=momentum,
            epsilon=real("epsilon", epsilon, at_least=0.0),
            center=flag("center", center),
            scale=flag("scale", scale),
            **{name: found(keras.initializers.get, name, v) for name, v in initializers.items()},
            **{name: found(keras.regularizers.get, name, v) for name, v in regularizers.items()},
            **{name: found(keras.constraints.get, name, v) for name, v in constraints.items()},
            **kwargs,
        )
        self.repeats = count("repeats", repeats)
        self.synchronized = flag("synchronized", synchronized)

    @property
    def factor(self) -> Any:
        """The factor of the normalized inputs, (channels,), or None."""
        return self.gamma

    def call(
        self, inputs: Any, training: bool | None = None, mask: Any = None, bias: Any = None
    ) -> Any:
        inputs = ops.cast(inputs, self.compute_dtype)
        if not (training and self.trainable):
            return self._normalize(inputs, bias)
        beta = self.beta
        if bias is not None and beta is not None:
            beta = beta + (bias - bias)  # a gradient of zeros, not none
        outputs, mean, variance = backends.batch_norm(
            inputs, self.factor, beta, self.epsilon, self._weights(inputs, mask), self._total
        )
        self._move(self.moving_mean, mean if bias is None else ops.add(mean, bias))
        self._move(self.moving_variance, self._of_all_copies(variance, inputs, mask))
        return ops.cast(outputs, self.compute_dtype)

    def _normalize(self, inputs: Any, bias: Any) -> Any:
        """Normalizes in inference: one product and one sum, in the inputs' dtype."""
        mean = self.moving_mean if bias is None else self.moving_mean - bias
        scale, shift = batch_normalization.scale_and_shift(
            mean, self.moving_variance, self.factor, self.beta, self.epsilon
        )
        return inputs * ops.cast(scale, inputs.dtype) + ops.cast(shift, inputs.dtype)

    @property
    def _total(self) -> Any:
        """The sum over the replicas with which this one shares its statistics, or None."""
        return backends.over_replicas if self.synchronized else None

    def _of_all_copies(self, variance: Any, inputs: Any, mask: Any) -> Any:
        """Turns the unbiased variance of n elements into the one of n R elements."""
        if self.repeats == 1:
            return variance
        require(mask is None, "repeats", "be 1 where there is a mask", repeats=self.repeats)
        n = batch_normalization.elements(inputs, variance.dtype)
        n = n if self._total is None else self._total(n)
        return variance * ((n - 1.0) * self.repeats / (n * self.repeats - 1.0))

    def _weights(self, inputs: Any, mask: Any) -> Any:
        """Gives the mask as weights of the inputs' rank without channels, or None."""
        if mask is None:
            return None
        fits = mask.ndim < inputs.ndim
        require(fits, "mask", "have fewer axes than inputs", shape=tuple(mask.shape))
        shape = (*ops.shape(mask), *[1] * (inputs.ndim - 1 - mask.ndim))
        dtype = wide_dtype(inputs.dtype)
        return ops.cast(ops.reshape(mask, shape), dtype)

    def _move(self, running: Any, batch: Any) -> None:
        batch, before = ops.cast(batch, running.dtype), ops.convert_to_tensor(running)
        running.assign(before * self.momentum + batch * (1.0 - self.momentum))

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        for absent in ("renorm", "renorm_clipping", "renorm_momentum"):
            config.pop(absent, None)
        return {**config, "repeats": self.repeats}


def inference_constants(norm: keras.layers.BatchNormalization) -> tuple[np.ndarray, np.ndarray]:
    """Returns scale and shift of a layer, also of Keras's, in inference: y = x * scale + shift."""
    factor = getattr(norm, "factor", norm.gamma)
    constants = batch_normalization.scale_and_shift(
        norm.moving_mean, norm.moving_variance, factor, norm.beta, norm.epsilon
    )
    scale, shift = (ops.convert_to_numpy(constant) for constant in constants)
    return scale, shift


def normalizes_last_axis(norm: keras.layers.BatchNormalization) -> bool:
    """Tells whether a built layer, also of Keras's, has its statistics per channel."""
    return norm.axis in (-1, norm.input_spec.ndim - 1)
