"""The two parts of SMA: the encoder of a scale, and a branch of the attention."""

import math
from typing import Any

import keras
from keras import ops

from keras_snn.functional import attention, time
from keras_snn.functional.precision import matmul, wide_dtype
from keras_snn.layers.batch_normalization import BatchNormalization
from keras_snn.layers.lif import LIF
from keras_snn.layers.shapes import Shape
from keras_snn.layers.weight_arguments import WeightArguments
from keras_snn.validation import require

ACTIVATIONS = {"lif": LIF, "relu": keras.layers.ReLU}


class ScaleEncoder(keras.layers.Layer):
    """Encodes one scale: M = act(BN(Conv_k(X) + b)).

    It takes the images Conv_k(X), with time merged into batch: SMA convolves with the kernels
    `conv.kernel` of all scales at once.

    Args:
        kernel_size: k.
        activation: "lif", "relu", or the serialized layer act.
        weight_arguments: The convolution's `WeightArguments`.
    """

    def __init__(
        self, kernel_size: int, activation: Any, weight_arguments: WeightArguments, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.kernel_size = kernel_size
        self.activation = activation
        self.weight_arguments = weight_arguments

    def build(self, input_shape: Shape) -> None:
        image = (None, *input_shape[2:])
        self.time_steps = input_shape[1]
        self.conv = keras.layers.Conv2D(
            input_shape[-1],
            self.kernel_size,
            padding="same",
            data_format="channels_last",
            dtype=self.dtype_policy,
            name="conv",
            **self.weight_arguments.arguments(),
        )
        self.norm = BatchNormalization(dtype=self.dtype_policy, name="bn")
        self.act = self._new_activation()
        self.conv.build(image)
        self.norm.build(tuple(input_shape))
        if not self.act.built:
            self.act.build(tuple(input_shape))
        self._require_equal_shape(tuple(input_shape))

    def _require_equal_shape(self, shape: Shape) -> None:
        """Raises for an activation whose output is not one tensor of its input's shape."""
        maps = keras.KerasTensor(shape, dtype=self.compute_dtype)
        outputs = self.act.compute_output_spec(maps)
        found = keras.tree.map_structure(lambda x: x.shape, outputs)
        rule = "be a layer that returns one tensor of the shape of its input"
        require(found == shape, "activation", rule, activation=self.act.name, shape=found)

    def _new_activation(self) -> keras.layers.Layer:
        if isinstance(self.activation, str):
            return ACTIVATIONS[self.activation](dtype=self.dtype_policy, name="act")
        layer = keras.saving.deserialize_keras_object(self.activation)
        return copy_under_policy(layer, self.dtype_policy, name="act")

    def call(self, convolved: Any, training: bool | None = None) -> Any:
        bias = ops.convert_to_tensor(self.conv.bias) if self.conv.use_bias else None
        convolved = time.split(convolved, self.time_steps)
        return self.act(self.norm(convolved, training=training, bias=bias))


class ScaleBranch(keras.layers.Layer):
    """Weighs the scales in one branch: softmax over n of W_n relu(W y + b) + b_n.

    (batch, ..., size) -> (batch, scales, ..., size).

    Args:
        scales: N.
        hidden: Units of the shared projection, the bottleneck.
        weight_arguments: The dense layers' `WeightArguments`.
    """

    def __init__(
        self, scales: int, hidden: int, weight_arguments: WeightArguments, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.scales = scales
        self.hidden = hidden
        self.weight_arguments = weight_arguments

    def build(self, input_shape: Shape) -> None:
        self.squeeze = self._dense(self.hidden, "squeeze", input_shape, activation="relu")
        hidden = (*input_shape[:-1], self.hidden)
        self.excite = [
            self._dense(input_shape[-1], f"excite{n}", hidden) for n in range(self.scales)
        ]

    def _dense(
        self, units: int | None, name: str, input_shape: Shape, **arguments: Any
    ) -> keras.layers.Dense:
        layer = keras.layers.Dense(
            units,
            dtype=self.dtype_policy,
            name=name,
            **arguments,
            **self.weight_arguments.arguments(),
        )
        layer.build(input_shape)
        return layer

    def products(self) -> int:
        """Counts the multiply-accumulates of one run."""
        return sum(math.prod(dense.kernel.shape) for dense in (self.squeeze, *self.excite))

    def call(self, y: Any) -> Any:
        hidden = project(self.squeeze, y)
        return attention.scale_softmax([project(excite, hidden) for excite in self.excite])


def project(dense: keras.layers.Dense, x: Any) -> Any:
    """Calls a dense layer, in float64 where x is, which Keras computes in float32 on PyTorch."""
    if wide_dtype(x.dtype) != "float64" or dense.quantization_mode:
        return dense(x)
    y = matmul(x, dense.kernel)
    return dense.activation(y + dense.bias if dense.use_bias else y)


def copy_under_policy(layer: keras.layers.Layer, policy: Any, **changes: Any) -> Any:
    """Makes a new layer of the same configuration, under another dtype policy."""
    return type(layer).from_config({**layer.get_config(), "dtype": policy, **changes})
