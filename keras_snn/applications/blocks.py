"""The pieces of the prebuilt networks: each takes a tensor and a name and returns a tensor.

A tensor is a sequence, (batch, time, height, width, channels), or an image that is the same at
every time step, (batch, height, width, channels). Convolutions, normalizations and pools keep an
image an image, so it is computed only once; neurons and attention turn it into a sequence. Channels
come last, whatever `keras.config.image_data_format()` returns.
"""

from collections.abc import Callable
from typing import Any

import keras

from keras_snn.applications import attention
from keras_snn.applications.plan import Plan
from keras_snn.layers import BatchNormalization, DirectCoding, MeanOverTime, TimeDistributed
from keras_snn.layers.convolution import Conv2D
from keras_snn.layers.max_pooling2d import MaxPooling2D
from keras_snn.validation import require

LAST = "channels_last"
POOLS = {"avg": keras.layers.GlobalAveragePooling2D, "max": keras.layers.GlobalMaxPooling2D}


def is_image(x: Any) -> bool:
    """Tells whether the tensor is the same at every time step and has no time axis."""
    return len(x.shape) == 4


def per_step(layer: keras.layers.Layer, x: Any) -> Any:
    """Applies `layer` at every time step of a sequence, or once to an image."""
    return layer(x) if is_image(x) else TimeDistributed(layer, name=layer.name)(x)


def sequence(x: Any, plan: Plan, name: str) -> Any:
    """Repeats an image at every time step; returns a sequence unchanged."""
    return DirectCoding(plan.copies, name=f"{name}_coding")(x) if is_image(x) else x


def stages(x: Any, plan: Plan, block: Callable[..., Any]) -> Any:
    """Applies `block(x, plan, filters, strides, name)` for every block of every stage."""
    rows = zip(plan.filters, plan.row.depths, plan.row.strides, strict=True)
    for stage, (filters, depth, first) in enumerate(rows, start=1):
        for number in range(1, depth + 1):
            strides = first if number == 1 else 1
            x = block(x, plan, filters, strides, f"stage{stage}_block{number}")
    return x


def convolution(
    x: Any, filters: int, kernel_size: int, name: str, strides: int = 1, **arguments: Any
) -> Any:
    """Convolves with kernel_size // 2 zeros on all sides, as PyTorch does."""
    if kernel_size == 1 and strides > 1:
        x, strides = every(strides, x, name), 1
    padding = "same" if strides == 1 else "valid"
    if strides > 1:  # "same" would put the odd zero at the end
        x = zeros(kernel_size // 2, x, f"{name}_pad")
    layer = Conv2D(filters, kernel_size, strides, padding, data_format=LAST, name=name, **arguments)
    return per_step(layer, x)


def zeros(width: int, x: Any, name: str) -> Any:
    """Pads a map with `width` zeros on all sides."""
    return per_step(keras.layers.ZeroPadding2D(width, data_format=LAST, name=name), x)


def every(strides: int, x: Any, name: str) -> Any:
    """Takes every `strides`-th row and column, as a strided 1x1 convolution does.

    Strided 1x1 convolutions are avoided because TensorFlow 2.21 (oneDNN, AVX-512) writes outside
    its memory in their gradient with 8 channels.
    """
    return average_pool(x, 1, strides, f"{name}_every")


def average_pool(x: Any, size: int, strides: int, name: str, padding: str = "valid") -> Any:
    """Averages over windows; with padding "same", a partial window averages the pixels it has."""
    pool = keras.layers.AveragePooling2D(size, strides, padding, data_format=LAST, name=name)
    return per_step(pool, x)


def maximum_pool(x: Any, size: int, strides: int, name: str) -> Any:
    """Takes maxima over windows of odd `size`, centered on every `strides`-th pixel."""
    pool = MaxPooling2D(size, 1, "same", name=name)
    return every(strides, per_step(pool, x), name)  # strided, "same" would not be centered


def shortcut(x: Any, plan: Plan, filters: int, strides: int, name: str, **arguments: Any) -> Any:
    """Brings x to the shape of the residual by convolution and batch normalization."""
    if plan.row.pooled and strides > 1:
        x, strides = average_pool(x, strides, strides, f"{name}_pool", "same"), 1
    x = convolution(x, filters, 1, f"{name}_conv", strides, use_bias=False, **arguments)
    return normalization(x, plan, f"{name}_bn", plan.row.gammas[0])


def normalization(x: Any, plan: Plan, name: str, gamma: float = 1.0) -> Any:
    """Normalizes over batch, time and space; an image counts once for each time step."""
    return BatchNormalization(
        gamma_initializer=keras.initializers.Constant(gamma),
        repeats=plan.copies if is_image(x) else 1,
        name=name,
    )(x)


def spikes(x: Any, plan: Plan, name: str, **constants: Any) -> Any:
    """Turns input currents into spikes with the neurons of the network."""
    neurons = plan.row.neuron_layer(name=name, **{**plan.row.neuron, **constants})
    return neurons(sequence(x, plan, name))


def attend(x: Any, plan: Plan, after: str, name: str, number: str = "") -> Any:
    """Applies the plan's attention if it belongs at this place; otherwise returns x.

    Args:
        x: The tensor at the place.
        plan: The plan.
        after: The operation before the place: "convolution", "normalization" or "addition".
        name: Name of the block, such as `stage1_block2`, or "stem".
        number: Number of the attention layer, if a block has several.
    """
    layer = plan.places.get(name)
    if layer is None or after not in attention.kind_of(layer).after:
        return x
    x = sequence(x, plan, f"{name}_{attention.name_of(layer)}{number}")
    own = attention.copy(layer, f"{name}_{attention.name_of(layer)}{number}")
    y = own(x)
    kept = getattr(y, "shape", None) == x.shape
    require(kept, "attention", "keep the shape of its input", layer=own.name, shape=x.shape)
    return y


def dropout(x: Any, rate: float, name: str) -> Any:
    """Drops the same features at all time steps of a sample: (batch, [time,] features)."""
    noise_shape = (None, 1, None) if len(x.shape) == 3 else None
    return keras.layers.Dropout(rate, noise_shape=noise_shape, name=name)(x)


def mean_over_time(x: Any, plan: Plan) -> Any:
    """(batch, time, features) -> (batch, features), unless the plan returns sequences."""
    if plan.return_sequences:
        return x
    return MeanOverTime(name="time_pool")(x)


def pool_space(x: Any, kind: str = "avg") -> Any:
    """(batch, time, height, width, channels) -> (batch, time, channels)."""
    return per_step(POOLS[kind](data_format=LAST, name=f"{kind}_pool"), x)


def classifier(x: Any, plan: Plan, **arguments: Any) -> Any:
    """Returns the activation of the logits.

    Its input is averaged over time. As the logits are linear in it, this averages the logits. Under
    a mixed policy they are computed in float32, the dtype of the weights, because bfloat16 is too
    coarse for a softmax.
    """
    return keras.layers.Dense(
        plan.classes,
        activation=plan.classifier_activation,
        dtype=keras.config.dtype_policy().variable_dtype,
        name="predictions",
        **arguments,
    )(x)


def pooled_classifier(x: Any, plan: Plan, **arguments: Any) -> Any:
    """Averages over space and time and classifies: the head of the residual networks."""
    x = mean_over_time(pool_space(x), plan)
    x = dropout(x, plan.row.dropout, "dropout") if plan.row.dropout else x
    return classifier(x, plan, **arguments)
