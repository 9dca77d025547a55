"""A convolution that takes the fastest way to its result."""

import keras

from keras_snn import kernels


class Convolution(keras.layers.Conv2D):
    """`keras.layers.Conv2D` with stride 1 and padding "same", for kernels of any size.

    Taps that see nothing but padding are left out; where the backend has a faster form for large
    kernels, that one computes. Arguments are Conv2D's; the results differ by rounding alone.
    """

    def __init__(self, filters, kernel_size, **kwargs):
        super().__init__(
            filters, kernel_size, padding="same", data_format="channels_last", **kwargs
        )

    def convolution_op(self, inputs, kernel):
        return kernels.convolve(inputs, kernel)
