"""The arguments that convolutions and dense projections inside an attention layer share."""

from typing import Any

import keras

from keras_snn.validation import flag, found


class WeightArguments:
    """Bias, initializers, regularizers and constraints, as in `keras.layers.Conv2D`."""

    def __init__(
        self,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
    ) -> None:
        self.use_bias = flag("use_bias", use_bias)
        self.kernel_initializer = found(
            keras.initializers.get, "kernel_initializer", kernel_initializer
        )
        self.bias_initializer = found(keras.initializers.get, "bias_initializer", bias_initializer)
        self.kernel_regularizer = found(
            keras.regularizers.get, "kernel_regularizer", kernel_regularizer
        )
        self.bias_regularizer = found(keras.regularizers.get, "bias_regularizer", bias_regularizer)
        self.kernel_constraint = found(
            keras.constraints.get, "kernel_constraint", kernel_constraint
        )
        self.bias_constraint = found(keras.constraints.get, "bias_constraint", bias_constraint)

    def arguments(self) -> dict[str, Any]:
        """Returns the arguments of one layer, which draws from an initializer of its own."""
        return {
            **vars(self),
            "kernel_initializer": _own(self.kernel_initializer),
            "bias_initializer": _own(self.bias_initializer),
        }

    def get_config(self) -> dict[str, Any]:
        objects = {name: value for name, value in vars(self).items() if name != "use_bias"}
        config = {
            name: keras.saving.serialize_keras_object(value) for name, value in objects.items()
        }
        return {"use_bias": self.use_bias, **config}


def _own(initializer: Any) -> Any:
    return initializer.clone() if isinstance(initializer, keras.Initializer) else initializer
