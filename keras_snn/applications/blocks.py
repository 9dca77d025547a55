"""The pieces of the prebuilt networks: each takes a tensor and a name and returns a tensor.

A tensor is a sequence, (batch, time, height, width, channels), or an image that is the same at
every time step, (batch, height, width, channels). Convolutions, normalisations and pools leave an
image an image, so that it is computed once; neurons and attention make it a sequence.
"""

from typing import Any

import keras

from keras_snn.applications.plan import Place, Plan
from keras_snn.layers import (
    FSTA,
    LIF,
    SMA,
    BatchNormalization,
    Conv2D,
    DirectCoding,
    TimeDistributed,
)

ATTENTION = {"sma": SMA, "fsta": FSTA}


def is_image(x: Any) -> bool:
    """Whether the tensor is the same at every time step and has no axis for time."""
    return len(x.shape) == 4


def per_step(layer: keras.layers.Layer, x: Any) -> Any:
    """`layer` at every time step, or once on an image."""
    return layer(x) if is_image(x) else TimeDistributed(layer, name=layer.name)(x)


def sequence(x: Any, plan: Plan, name: str) -> Any:
    """An image repeated at every time step; a sequence as it is."""
    return DirectCoding(plan.time_steps, name=f"{name}_coding")(x) if is_image(x) else x


def convolution(
    x: Any, filters: int, kernel_size: int, name: str, strides: int = 1, **arguments: Any
) -> Any:
    """A convolution with kernel_size // 2 zeros on all sides, as PyTorch pads."""
    if kernel_size == 1 and strides > 1:
        x, strides = _every(strides, x, name), 1
    padding = "same" if strides == 1 else "valid"
    if strides > 1:  # "same" would put the odd zero behind
        x = per_step(keras.layers.ZeroPadding2D(kernel_size // 2, name=f"{name}_pad"), x)
    layer = Conv2D(filters, kernel_size, strides=strides, padding=padding, name=name, **arguments)
    return per_step(layer, x)


def _every(strides: int, x: Any, name: str) -> Any:
    """Every `strides`-th row and column, which is what a strided 1x1 convolution reads.

    TensorFlow 2.21 (oneDNN, AVX-512) writes outside its memory in the gradient of a strided 1x1
    convolution of 8 channels: such convolutions are not made.
    """
    return per_step(keras.layers.AveragePooling2D(1, strides, name=f"{name}_every"), x)


def normalization(x: Any, plan: Plan, name: str, gamma: float = 1.0) -> Any:
    """Batch normalisation over batch, time and space; an image counts once a time step."""
    return BatchNormalization(
        gamma_initializer=keras.initializers.Constant(gamma),
        repeats=plan.time_steps if is_image(x) else 1,
        name=name,
    )(x)


def spikes(x: Any, plan: Plan, name: str, **constants: Any) -> Any:
    """LIF neurons with these constants: input currents to spikes."""
    return LIF(name=name, **constants)(sequence(x, plan, name))


def attention(x: Any, plan: Plan, kind: str, place: Place, name: str) -> Any:
    """The layer `kind` where the plan has it at `place`; else x."""
    if plan.attention != kind or place not in plan.places:
        return x
    return ATTENTION[kind](name=name, **plan.places[place])(sequence(x, plan, name))


def dropout(x: Any, rate: float, name: str) -> Any:
    """Dropout whose mask all time steps of a sample share: (batch, [time,] features)."""
    noise_shape = (None, 1, None) if len(x.shape) == 3 else None
    return keras.layers.Dropout(rate, noise_shape=noise_shape, name=name)(x)


def mean_over_time(x: Any, plan: Plan) -> Any:
    """(batch, time, features) -> (batch, features), unless the plan returns sequences."""
    if plan.return_sequences:
        return x
    return keras.layers.GlobalAveragePooling1D(name="time_pool")(x)


def mean_over_space(x: Any) -> Any:
    """(batch, time, height, width, channels) -> (batch, time, channels)."""
    return per_step(keras.layers.GlobalAveragePooling2D(name="avg_pool"), x)


def classifier(x: Any, plan: Plan, **arguments: Any) -> Any:
    """The activation of the logits: as these are linear, their mean is that of their inputs.

    Under a mixed policy they are computed in the dtype of the weights, float32: eight bits are
    too few for a softmax.
    """
    return keras.layers.Dense(
        plan.classes,
        activation=plan.classifier_activation,
        dtype=keras.config.dtype_policy().variable_dtype,
        name="predictions",
        **arguments,
    )(x)
