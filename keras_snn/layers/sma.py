"""Spiking Multiscale Attention."""

from collections.abc import Sequence
from typing import Any

import keras

from keras_snn.layers.azo import AZO
from keras_snn.layers.multiscale_attention import MultiscaleAttention
from keras_snn.layers.scales import ACTIVATIONS, copy_under_policy
from keras_snn.layers.weight_arguments import WeightArguments
from keras_snn.validation import count, flag, real, require


@keras.saving.register_keras_serializable(package="keras_snn")
class SMA(MultiscaleAttention):
    """Spiking Multiscale Attention (SMA): weighs N scales against each other in time and channel.

    For the input X (batch, time, height, width, channels) and kernel sizes k_1 .. k_N:

        M_n = act(BN_n(Conv_{k_n}(X)))                                encoder
        y   = spatial mean of M_1 + ... + M_N                         (batch, time, channels)
        A^C = softmax over n of W^C_n relu(W^C y + b^C) + b^C_n       channel branch
        A^T = softmax over n of W^T_n relu(W^T z + b^T) + b^T_n       time branch
        output = sum over n of A^T_n * A^C_n * M_n                    decoder

    with z the mean of y over channels. The channel branch is applied at every time step and has
    `channels // channel_reduction` hidden units; the time branch mixes the time steps, whose
    number is fixed when the layer is built, and has int(time / time_reduction + 1e-9).

    Args:
        kernel_sizes: Sizes of the N square kernels, one per scale.
        channel_reduction: Divisor of the channels in the channel branch, an integer.
        time_reduction: Divisor of the time steps in the time branch; may be fractional.
        activation: act: "lif" (tau 2, threshold 1, ATan, as the authors use it for event data),
            "relu" (as they use it for ImageNet), or a layer, of which every scale takes a copy.
        time_attention: If False, the layer is SMA-C: it has the channel branch alone, and the
            decoder leaves A^T out.
        lightweight: If True, the layer is SMA-L: the channel branch sees the mean of y over time,
            so that A^C is the same at every time step.
        azo: None, or an `AZO` layer, of which SMA takes a copy. It acts on A^T_n * A^C_n * M_n
            before the sum.
        use_bias: Whether convolutions and dense projections have a bias.
        kernel_initializer, bias_initializer, kernel_regularizer, bias_regularizer,
        kernel_constraint, bias_constraint: As in `keras.layers.Conv2D`, for all convolutions and
            dense projections.

    Call arguments:
        inputs: (batch, time, height, width, channels); integers are cast.
        training: Passed to the batch normalizations, AZO and the activation.
        return_attention_scores: If True, the weights are returned too.

    Input shape:
        (batch, time, height, width, channels); time and channels fixed.

    Output shape:
        The input's. With `return_attention_scores`, the layer returns a tuple of the output,
        A^T (batch, N, time) and A^C (batch, N, time, channels). With
        `time_attention=False` A^T is uniform, 1 / N.

    Raises:
        ValueError: for an argument out of its range, a bottleneck of 0, an input of another
            rank, or of another number of time steps than built.

    Example:
        >>> sma = keras_snn.layers.SMA(azo=keras_snn.layers.AZO())
        >>> maps = np.random.rand(2, 8, 9, 9, 16)
        >>> outputs, time_weights, channel_weights = sma(maps, return_attention_scores=True)
        >>> time_weights.shape
        (2, 4, 8)

    Source: arXiv 2405.13672, sections on SMA and, for SMA-C and SMA-L, on ablations. Differs
    from the source: `y` takes the sum over the scales, as the authors' code does. On a CPU,
    convolutions are computed as products of spectra where that is expected to be faster. The scales
    share the spectra of the input, and results differ by rounding.
    """

    def __init__(
        self,
        kernel_sizes: Sequence[int] = (1, 3, 5, 7),
        channel_reduction: int = 4,
        time_reduction: float = 4,
        activation: Any = "lif",
        time_attention: bool = True,
        lightweight: bool = False,
        azo: AZO | None = None,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.kernel_sizes = _checked_sizes(kernel_sizes)
        self.channel_reduction = count("channel_reduction", channel_reduction)
        self.time_reduction = real("time_reduction", time_reduction, above=0.0)
        self.activation = _checked_activation(activation)
        self.time_attention = flag("time_attention", time_attention)
        self.lightweight = flag("lightweight", lightweight)
        self.azo = _checked_azo(azo, self.dtype_policy)
        self.weight_arguments = WeightArguments(
            use_bias,
            kernel_initializer,
            bias_initializer,
            kernel_regularizer,
            bias_regularizer,
            kernel_constraint,
            bias_constraint,
        )

    def get_config(self) -> dict[str, Any]:
        azo = None if self.azo is None else keras.saving.serialize_keras_object(self.azo)
        config = {
            "kernel_sizes": self.kernel_sizes,
            "channel_reduction": self.channel_reduction,
            "time_reduction": self.time_reduction,
            "activation": self.activation,
            "time_attention": self.time_attention,
            "lightweight": self.lightweight,
            "azo": azo,
        }
        return {**super().get_config(), **config, **self.weight_arguments.get_config()}


def _checked_sizes(sizes: Any) -> tuple[int, ...]:
    good = isinstance(sizes, (tuple, list)) and len(sizes) > 0
    require(good, "kernel_sizes", "be a tuple of at least one integer", kernel_sizes=sizes)
    return tuple(count("kernel_sizes", size) for size in sizes)


def _checked_activation(activation: Any) -> str | dict[str, Any]:
    """Returns a name, or the serialized layer, as its copies are parts and the layer is not."""
    if isinstance(activation, keras.layers.Layer):
        return keras.saving.serialize_keras_object(activation)
    stored = isinstance(activation, dict) and "class_name" in activation
    good = stored or (isinstance(activation, str) and activation in ACTIVATIONS)
    rule = 'be "lif", "relu" or a keras.layers.Layer'
    require(good, "activation", rule, activation=activation)
    return activation


def _checked_azo(azo: Any, policy: Any) -> AZO | None:
    """Copies AZO under the policy of SMA."""
    if isinstance(azo, dict) and "class_name" in azo:
        azo = keras.saving.deserialize_keras_object(azo)
    require(azo is None or isinstance(azo, AZO), "azo", "be None or an AZO layer", azo=azo)
    return None if azo is None else copy_under_policy(azo, policy)
