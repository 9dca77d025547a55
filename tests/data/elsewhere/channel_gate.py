"""An attention layer of a user's own: a gate per channel and time step, outside the library."""

import keras


@keras.saving.register_keras_serializable(package="elsewhere")
class ChannelGate(keras.layers.Layer):
    causal = True  # every time step is weighed by itself

    def __init__(self, activation="sigmoid", **kwargs):
        super().__init__(**kwargs)
        self.activation = activation

    def build(self, input_shape):
        self.dense = keras.layers.Dense(input_shape[-1], self.activation, dtype=self.dtype_policy)
        self.dense.build((*input_shape[:2], input_shape[-1]))

    def call(self, inputs):
        weights = self.dense(keras.ops.mean(inputs, axis=(2, 3)))
        return inputs * weights[:, :, None, None, :]

    def macs(self, input_shape):
        return input_shape[1] * input_shape[-1] ** 2

    def get_config(self):
        return {**super().get_config(), "activation": self.activation}
