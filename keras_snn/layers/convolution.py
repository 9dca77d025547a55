"""The convolution of the networks, in the form that is the fastest."""

from typing import Any

import keras

from keras_snn import backends


@keras.saving.register_keras_serializable(package="keras_snn")
class Conv2D(keras.layers.Conv2D):
    """Convolves over height and width, in the form that is expected to be the fastest.

    For an image x and kernel w of the odd size 2 p + 1:

        y[i, j] = activation(bias + sum over a, b of x[i + a - p, j + b - p] w[a, b])

    The networks are made of it. On a CPU and with the padding "same", kernels larger than 3x3 are
    computed as products of spectra where that is expected to be faster, and on TensorFlow maps of
    up to 3x3 pixels and many channels as one product of matrices for each row of the kernel.
    Otherwise, and in exported models, this is `keras.layers.Conv2D`: the same weights, and the same
    numbers up to rounding.

    Args:
        filters, kernel_size, strides, padding, data_format, dilation_rate, groups, activation,
        use_bias, kernel_initializer, bias_initializer, kernel_regularizer, bias_regularizer,
        activity_regularizer, kernel_constraint, bias_constraint: As in `keras.layers.Conv2D`.

    Call arguments:
        inputs: (batch, height, width, channels).

    Input shape, Output shape:
        As of `keras.layers.Conv2D`; sequences go through `TimeDistributed`.

    Raises:
        ValueError: As `keras.layers.Conv2D`.

    Example:
        >>> conv = keras_snn.layers.convolution.Conv2D(512, 3, padding="same")
        >>> keras_snn.layers.TimeDistributed(conv)(np.zeros((2, 10, 3, 3, 256))).shape
        (2, 10, 3, 3, 512)

    Source: ours. Differs from `keras.layers.Conv2D`: the order of the sums.
    """

    def convolution_op(self, inputs: Any, kernel: Any) -> Any:
        if not self._keeps_size():
            return super().convolution_op(inputs, kernel)
        return backends.convolve_each(inputs, [kernel])[0]

    def _keeps_size(self) -> bool:
        """Tells whether this is a plain convolution that keeps height and width."""
        plain = {*self.strides, *self.dilation_rate, self.groups} == {1}
        return plain and self.padding == "same" and self.data_format == "channels_last"
