"""Frequency-based Spatial-Temporal Attention."""

import math
from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from keras_snn import backends
from keras_snn.functional import attention, filtering
from keras_snn.functional.precision import matmul
from keras_snn.layers.initializers import constant
from keras_snn.layers.protocol import Macs, fixed, macs_of
from keras_snn.layers.shapes import Shape, require_maps, require_time_steps
from keras_snn.validation import count, found, require


@keras.saving.register_keras_serializable(package="keras_snn")
class FSTA(keras.layers.Layer):
    """Frequency-based Spatial-Temporal Attention (FSTA): multiplies by gates in time and space.

    For the input current x (batch, time, height, width, channels), between batch normalization
    and neuron:

        z   = alpha * spatial mean + beta * spatial maximum of x      (batch, time, channels)
        w_t = sigmoid(mean over channels of W z)                      W mixes the time steps
        m   = mean over time of x * (1 + w_t), summed over channels   (batch, height, width, 1)
        w_s = sigmoid(conv(filters(m)))                               (batch, height, width, 1)
        output = x * (1 + w_t) * (t + s * (1 + w_s)) / 2

    with a fixed bank of orthonormal DCT-II filters (filter i has the vertical frequency i mod n,
    the horizontal i div n) and learned scalars alpha, beta (0.5), t (0.6) and s (0.5). `conv` is
    a 7x7 convolution of F filter maps to 1 or, for `reduction` > 1, to F // reduction, ReLU, and
    a 7x7 convolution to 1; all without bias. Zero "same" padding throughout.

    Args:
        frequency_size: n, the filters are n x n; odd or even.
        reduction: Divisor of the number F of filters, an integer.
        frequencies: "all", or a list of filter indices from 0 to n * n - 1.
        kernel_initializer, kernel_regularizer, kernel_constraint: As in `keras.layers.Conv2D`, for
            W and the convolutions.

    Call arguments:
        inputs: (batch, time, height, width, channels); integers are cast.
        return_attention_scores: If True, w_t and w_s are returned too.

    Input shape:
        (batch, time, height, width, channels); the number of time steps is fixed when built.

    Output shape:
        The input's. With `return_attention_scores`, the layer returns a tuple of the output,
        w_t (batch, time) and w_s (batch, height, width, 1).

    Raises:
        ValueError: for an argument out of its range, F // reduction of 0, an input of another
            rank, or of another number of time steps than built.

    Example:
        >>> keras_snn.layers.FSTA(frequency_size=7)(np.random.rand(2, 4, 32, 32, 64)).shape
        (2, 4, 32, 32, 64)

    Source: arXiv 2501.14744, sections on the temporal and the spatial module. Differs from the
    source: channels are summed before the filters, which all share (the same numbers at 1 / C of
    the cost); even filter sizes pad to "same" where the authors' code fails; the three scalars
    that their module stores and never reads do not exist.
    """

    def __init__(
        self,
        frequency_size: int = 7,
        reduction: int = 1,
        frequencies: str | Sequence[int] = "all",
        kernel_initializer: Any = "glorot_uniform",
        kernel_regularizer: Any = None,
        kernel_constraint: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.frequency_size = count("frequency_size", frequency_size)
        self.reduction = count("reduction", reduction)
        self.frequencies = _checked_frequencies(frequencies, self.frequency_size)
        self.kernel_initializer = found(
            keras.initializers.get, "kernel_initializer", kernel_initializer
        )
        self.kernel_regularizer = found(
            keras.regularizers.get, "kernel_regularizer", kernel_regularizer
        )
        self.kernel_constraint = found(
            keras.constraints.get, "kernel_constraint", kernel_constraint
        )
        rule = f"be at most the number of filters, {len(self._indices)}"
        require(self.reduction <= len(self._indices), "reduction", rule, reduction=reduction)

    @property
    def _indices(self) -> Sequence[int]:
        chosen = self.frequencies
        return range(self.frequency_size**2) if isinstance(chosen, str) else chosen

    def build(self, input_shape: Shape) -> None:
        self.time_steps, _ = require_maps(input_shape)
        self.alpha = self._scalar("alpha", 0.5)
        self.beta = self._scalar("beta", 0.5)
        self.t = self._scalar("t", 0.6)
        self.s = self._scalar("s", 0.5)
        self.time_kernel = self.add_weight(
            shape=(self.time_steps, self.time_steps),
            initializer=self.kernel_initializer.clone(),
            regularizer=self.kernel_regularizer,
            constraint=self.kernel_constraint,
            name="time_kernel",
        )
        bank = len(self._indices)
        if self.reduction == 1:
            self.convs = [self._conv(bank, 1, "conv0")]
        else:
            hidden = bank // self.reduction
            self.convs = [
                self._conv(bank, hidden, "conv0", activation="relu"),
                self._conv(hidden, 1, "conv1"),
            ]

    def _scalar(self, name: str, value: float) -> Any:
        return self.add_weight(shape=(), initializer=constant(value), name=name)

    def _conv(
        self, inputs: int, outputs: int, name: str, activation: str | None = None
    ) -> keras.layers.Conv2D:
        layer = keras.layers.Conv2D(
            outputs,
            7,
            padding="same",
            use_bias=False,
            activation=activation,
            data_format="channels_last",
            kernel_initializer=self.kernel_initializer.clone(),
            kernel_regularizer=self.kernel_regularizer,
            kernel_constraint=self.kernel_constraint,
            dtype=self.dtype_policy,
            name=name,
        )
        layer.build((None, None, None, inputs))
        return layer

    def call(self, inputs: Any, return_attention_scores: bool = False) -> Any:
        require_time_steps(inputs, self.time_steps)
        inputs = ops.cast(inputs, self.compute_dtype)
        summed, maximum = attention.channel_sum(inputs), attention.spatial_maximum(inputs)
        z = attention.time_statistics(summed, maximum, self.alpha, self.beta)
        time_weights = ops.sigmoid(matmul(z, self.time_kernel))
        space_weights = self._space_weights(attention.mean_attended_map(summed, time_weights))
        outputs = inputs * attention.gate(time_weights, space_weights, self.t, self.s)
        return (outputs, time_weights, space_weights) if return_attention_scores else outputs

    def _space_weights(self, maps: Any) -> Any:
        """Computes w_s, (batch, height, width, 1)."""
        first, *rest = self.convs
        maps = filtering.filter_and_mix(maps, self.frequency_size, self._indices, first.kernel)
        maps = first.activation(maps)
        for conv in rest:
            (maps,) = backends.convolve_each(maps, [conv.kernel])
        return ops.sigmoid(maps)

    causal = False  # its weights in time and space see all time steps

    def macs(self, input_shape: Shape) -> int:
        return macs_of(self, input_shape)

    def macs_of_parts(self, input_shape: Shape) -> dict[str, Macs]:
        pixels = math.prod(fixed(self, tuple(input_shape[2:4])))
        filters = self.convs[0].kernel.shape[2] * self.frequency_size**2
        convs = {f"/{c.name}": Macs(pixels * math.prod(c.kernel.shape), 1) for c in self.convs}
        matrix = Macs(math.prod(self.time_kernel.shape), 1)
        return {"/time_kernel": matrix, "/filters": Macs(pixels * filters, 1), **convs}

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return tuple(input_shape)

    def compute_output_spec(self, inputs: Any, return_attention_scores: bool = False) -> Any:
        require_time_steps(inputs, self.time_steps)
        outputs = keras.KerasTensor(inputs.shape, dtype=self.compute_dtype)
        if not return_attention_scores:
            return outputs
        batch, time_steps, height, width, _ = inputs.shape
        shapes = ((batch, time_steps), (batch, height, width, 1))
        return outputs, *(keras.KerasTensor(shape, dtype=self.compute_dtype) for shape in shapes)

    def get_config(self) -> dict[str, Any]:
        serialize = keras.saving.serialize_keras_object
        config = {
            "frequency_size": self.frequency_size,
            "reduction": self.reduction,
            "frequencies": self.frequencies,
            "kernel_initializer": serialize(self.kernel_initializer),
            "kernel_regularizer": serialize(self.kernel_regularizer),
            "kernel_constraint": serialize(self.kernel_constraint),
        }
        return {**super().get_config(), **config}


def _checked_frequencies(frequencies: Any, size: int) -> str | list[int]:
    if isinstance(frequencies, str) and frequencies == "all":
        return "all"
    good = isinstance(frequencies, (list, tuple, range)) and len(frequencies) > 0
    good = good and all(
        isinstance(i, int) and not isinstance(i, bool) and 0 <= i < size * size for i in frequencies
    )
    good = good and len(set(frequencies)) == len(frequencies)
    rule = f'be "all" or a list of different filter indices from 0 to {size * size - 1}'
    require(good, "frequencies", rule, frequencies=frequencies)
    return list(frequencies)
