"""Dense layer whose kernel is updated in place."""

import keras
from keras import ops

from keras_snn import backends


@keras.saving.register_keras_serializable(package="keras_snn")
class Dense(keras.layers.Dense):
    """Product with a matrix, whose gradients are computed in the order that takes less memory.

        y = activation(x kernel + bias)

    On TensorFlow the gradient of the kernel waits for that of the input: an optimiser that
    updates a kernel which is still to be read would copy all of it first. Else, and in exported
    models, this is `keras.layers.Dense`: the same weights, and the same numbers.

    Args:
        units, activation, use_bias, kernel_initializer, bias_initializer, kernel_regularizer,
        bias_regularizer, activity_regularizer, kernel_constraint, bias_constraint, lora_rank,
        lora_alpha, quantization_config: As in `keras.layers.Dense`.

    Call arguments:
        inputs: (batch, ..., features).

    Input shape, Output shape:
        (batch, ..., features) -> (batch, ..., units); sequences go through `TimeDistributed`, or as
        they are.

    Raises:
        ValueError: As `keras.layers.Dense`.

    Example:
        >>> keras_snn.layers.Dense(2048)(np.zeros((40, 4608))).shape
        (40, 2048)

    Source: ours. Differs from `keras.layers.Dense`: the order of the gradients.
    """

    def call(self, inputs, training=None):
        y = backends.multiply(inputs, self.kernel)
        if self.bias is not None:
            y = ops.add(y, self.bias)
        return y if self.activation is None else self.activation(y)

    def quantize(self, mode=None, type_check=True, config=None):
        """As `keras.layers.Dense`, which would refuse its subclasses."""
        super().quantize(mode, type_check=False, config=config)
