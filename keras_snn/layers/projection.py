"""What the convolutions and dense projections inside an attention layer have in common."""

import keras


class Projection:
    """Bias, initialisers, regularisers and constraints, as in `keras.layers.Conv2D`."""

    def __init__(
        self,
        use_bias=True,
        kernel_initializer="glorot_uniform",
        bias_initializer="zeros",
        kernel_regularizer=None,
        bias_regularizer=None,
        kernel_constraint=None,
        bias_constraint=None,
    ):
        self.use_bias = bool(use_bias)
        self.kernel_initializer = keras.initializers.get(kernel_initializer)
        self.bias_initializer = keras.initializers.get(bias_initializer)
        self.kernel_regularizer = keras.regularizers.get(kernel_regularizer)
        self.bias_regularizer = keras.regularizers.get(bias_regularizer)
        self.kernel_constraint = keras.constraints.get(kernel_constraint)
        self.bias_constraint = keras.constraints.get(bias_constraint)

    def arguments(self):
        """Arguments of one layer. Every layer draws from an initialiser of its own."""
        return {
            **vars(self),
            "kernel_initializer": _own(self.kernel_initializer),
            "bias_initializer": _own(self.bias_initializer),
        }

    def get_config(self):
        objects = {name: value for name, value in vars(self).items() if name != "use_bias"}
        config = {
            name: keras.saving.serialize_keras_object(value) for name, value in objects.items()
        }
        return {"use_bias": self.use_bias, **config}


def _own(initializer):
    return initializer.clone() if isinstance(initializer, keras.Initializer) else initializer
