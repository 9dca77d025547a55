"""The two parts of SMA that stand once per scale or branch: encoder and branch."""

import math

import keras
from keras import ops

from keras_snn.functional import attention, time
from keras_snn.layers.batch_normalization import BatchNormalization
from keras_snn.layers.lif import LIF

ACTIVATIONS = {"lif": LIF, "relu": keras.layers.ReLU}


class ScaleEncoder(keras.layers.Layer):
    """One scale: M = act(BN(Conv_k(X) + b)), of the images Conv_k(X) with time merged into batch.

    SMA convolves with the kernels `conv.kernel` of all scales at once.

    Args:
        kernel_size: k.
        activation: "lif", "relu", or the serialised layer act.
        projection: The convolution's `Projection`.
    """

    def __init__(self, kernel_size, activation, projection, **kwargs):
        super().__init__(**kwargs)
        self.kernel_size = kernel_size
        self.activation = activation
        self.projection = projection

    def build(self, input_shape):
        image = (None, *input_shape[2:])
        self.time_steps = input_shape[1]
        self.conv = keras.layers.Conv2D(
            input_shape[-1],
            self.kernel_size,
            padding="same",
            data_format="channels_last",
            dtype=self.dtype_policy,
            name="conv",
            **self.projection.arguments(),
        )
        self.norm = BatchNormalization(dtype=self.dtype_policy, name="bn")
        self.act = self._new_activation()
        self.conv.build(image)
        self.norm.build(tuple(input_shape))
        if not self.act.built:
            self.act.build(tuple(input_shape))

    def _new_activation(self):
        if isinstance(self.activation, str):
            return ACTIVATIONS[self.activation](dtype=self.dtype_policy, name="act")
        layer = keras.saving.deserialize_keras_object(self.activation)
        return copy_under_policy(layer, self.dtype_policy, name="act")

    def call(self, convolved, training=None):
        bias = ops.convert_to_tensor(self.conv.bias) if self.conv.use_bias else None
        convolved = time.split(convolved, self.time_steps)
        return self.act(self.norm(convolved, training=training, bias=bias))


class ScaleBranch(keras.layers.Layer):
    """One branch of the attention: softmax over n of W_n relu(W y + b) + b_n.

    (batch, ..., size) -> (batch, scales, ..., size).

    Args:
        scales: N.
        hidden: Units of the shared projection, the bottleneck.
        projection: The dense layers' `Projection`.
    """

    def __init__(self, scales, hidden, projection, **kwargs):
        super().__init__(**kwargs)
        self.scales = scales
        self.hidden = hidden
        self.projection = projection

    def build(self, input_shape):
        self.squeeze = self._dense(self.hidden, "squeeze", input_shape, activation="relu")
        hidden = (*input_shape[:-1], self.hidden)
        self.excite = [
            self._dense(input_shape[-1], f"excite{n}", hidden) for n in range(self.scales)
        ]

    def _dense(self, units, name, input_shape, **arguments):
        layer = keras.layers.Dense(
            units, dtype=self.dtype_policy, name=name, **arguments, **self.projection.arguments()
        )
        layer.build(input_shape)
        return layer

    def products(self):
        """Multiply-accumulates of one run."""
        return sum(math.prod(dense.kernel.shape) for dense in (self.squeeze, *self.excite))

    def call(self, y):
        hidden = self.squeeze(y)
        return attention.scale_softmax([excite(hidden) for excite in self.excite])


def copy_under_policy(layer, policy, **changes):
    """A new layer of the same configuration, under another dtype policy."""
    return type(layer).from_config({**layer.get_config(), "dtype": policy, **changes})
