"""Facts about Keras's own layers: which are causal, and what each costs."""

import math
from typing import Any

import keras

from keras_snn.layers.protocol import (
    KERAS,
    Facts,
    Macs,
    class_of,
    fixed,
    is_causal,
    macs_of,
    name_of,
    parts_of,
)
from keras_snn.layers.shapes import Shape
from keras_snn.validation import require

KERNELS = ("kernel", "depthwise_kernel", "pointwise_kernel", "recurrent_kernel")


def _no_products(layer: Any, shape: Shape) -> Macs:
    return Macs(0, 1)


def _elements(layer: Any) -> int:
    kernels = [getattr(layer, name) for name in KERNELS if hasattr(layer, name)]
    return sum(math.prod(kernel.shape) for kernel in kernels)


def _of_dense(layer: Any, shape: Shape) -> Macs:
    """(batch, time, features) and (batch, time, height, width, channels) have time."""
    timed = len(shape) in (3, 5)
    positions = math.prod(fixed(layer, shape[2 if timed else 1 : -1]))
    return Macs(positions * _elements(layer), shape[1] if timed else 1)


def _of_convolution(layer: Any, shape: Shape) -> Macs:
    """Every position of the output takes all elements of the kernels."""
    return Macs(math.prod(_positions(layer, shape)) * _elements(layer), 1)


def _positions(layer: Any, shape: Shape) -> Any:
    last = layer.data_format == "channels_last"
    fixed(layer, shape[1:-1] if last else shape[2:])
    output = layer.compute_output_shape(shape)
    return output[1:-1] if last else output[2:]


def _of_transposed(layer: Any, shape: Shape) -> Macs:
    """Every position of the input takes all elements of the kernels."""
    last = layer.data_format == "channels_last"
    positions = math.prod(fixed(layer, shape[1:-1] if last else shape[2:]))
    return Macs(positions * _elements(layer), 1)


def of_steps(layer: Any, shape: Shape) -> Macs:
    """Counts a wrapper that applies its layer at every time step."""
    parts = parts_of(layer.layer, (shape[0], *shape[2:])).values()
    return Macs(sum(part.total or 0 for part in parts), shape[1])


def _of_wrapped(layer: Any, shape: Shape) -> Macs:
    return Macs(macs_of(layer.layer, shape), 1)


def _of_recurrent(layer: Any, shape: Shape) -> Macs:
    cell = layer.cell
    cells = cell.cells if isinstance(cell, keras.layers.StackedRNNCells) else [cell]
    return Macs(sum(_of_cell(inner, (shape[0], *shape[2:])) for inner in cells), shape[1])


def _of_cell(cell: Any, shape: Shape) -> int:
    known = hasattr(cell, "macs") or hasattr(cell, "recurrent_kernel")
    require(known, "macs", f"be a method of {class_of(cell)}", layer=name_of(cell))
    return cell.macs(shape) if hasattr(cell, "macs") else _elements(cell)


def _of_both_directions(layer: Any, shape: Shape) -> Macs:
    parts = [*parts_of(layer.forward_layer, shape).values()]
    return Macs(2 * sum(part.once for part in parts), parts[0].times)


def _single_steps(layer: Any) -> bool:
    """Tells whether a convolution or pool whose first axis is time sees one step at a time."""
    size = getattr(layer, "kernel_size", None) or layer.pool_size
    return (size[0], layer.strides[0]) == (1, 1)


def _causal_convolution(layer: Any) -> bool:
    return _single_steps(layer) or (layer.padding == "causal" and layer.strides == (1,))


def _other_axes(layer: Any) -> bool:
    """Tells whether the axes of a layer certainly come after time, which is axis 1."""
    axes = layer.axis if isinstance(layer.axis, (tuple, list)) else [layer.axis]
    return all(axis == -1 or axis > 1 for axis in axes)


def _time_stays_first(layer: Any) -> bool:
    return layer.dims[0] == 1


def _same_first_axis(layer: Any) -> bool:
    called = len(layer._inbound_nodes) == 1
    return called and layer.input.shape[1] == layer.output.shape[1]


def _forwards(layer: Any) -> bool:
    return not layer.go_backwards and getattr(layer.cell, "causal", True)


def _causal_inside(layer: Any) -> bool:
    return is_causal(layer.layer)


def _causal_network(model: Any) -> bool:
    return all(is_causal(layer) for layer in model.layers)


def _rows(facts: Facts, names: str) -> dict[type[keras.layers.Layer], Facts]:
    """Makes a row for each of the named classes of keras.layers."""
    return dict.fromkeys((getattr(keras.layers, name) for name in names.split()), facts)


FACTS: dict[type[keras.layers.Layer], Facts] = {
    **_rows(
        Facts(True, _no_products),
        "InputLayer Identity Activation ELU LeakyReLU PReLU ReLU ActivityRegularization Dropout "
        "AlphaDropout GaussianDropout GaussianNoise SpatialDropout1D SpatialDropout2D "
        "SpatialDropout3D BatchNormalization Rescaling Masking Embedding Add Subtract Multiply "
        "Average Maximum Minimum Flatten RepeatVector Cropping2D ZeroPadding2D UpSampling2D "
        "Resizing CenterCrop",
    ),
    **_rows(
        Facts(True, _no_products),
        "GlobalAveragePooling1D GlobalAveragePooling2D GlobalAveragePooling3D GlobalMaxPooling1D "
        "GlobalMaxPooling2D GlobalMaxPooling3D AveragePooling2D MaxPooling2D "
        "AdaptiveAveragePooling2D AdaptiveMaxPooling2D",
    ),
    **_rows(
        Facts(_single_steps, _no_products),
        "AveragePooling1D AveragePooling3D MaxPooling1D MaxPooling3D",
    ),
    **_rows(
        Facts(_other_axes, _no_products),
        "LayerNormalization RMSNormalization UnitNormalization Normalization Softmax Concatenate",
    ),
    **_rows(Facts(_time_stays_first, _no_products), "Permute"),
    **_rows(Facts(_same_first_axis, _no_products), "Reshape"),
    **_rows(
        Facts(False, _no_products),
        "GroupNormalization Cropping1D Cropping3D ZeroPadding1D ZeroPadding3D UpSampling1D "
        "UpSampling3D",
    ),
    **_rows(Facts(False, None), "Dot Attention AdditiveAttention MultiHeadAttention"),
    **_rows(Facts(False, None), "GroupQueryAttention"),
    **_rows(Facts(True, _of_dense), "Dense"),
    **_rows(Facts(None, _of_dense), "EinsumDense"),
    **_rows(Facts(True, _of_convolution), "Conv2D DepthwiseConv2D SeparableConv2D"),
    **_rows(Facts(True, _of_transposed), "Conv2DTranspose"),
    **_rows(Facts(False, _of_transposed), "Conv1DTranspose Conv3DTranspose"),
    **_rows(Facts(_causal_convolution, _of_convolution), "Conv1D DepthwiseConv1D SeparableConv1D"),
    **_rows(Facts(_single_steps, _of_convolution), "Conv3D"),
    **_rows(Facts(_causal_inside, _of_wrapped), "SpectralNormalization"),
    **_rows(Facts(True, of_steps), "TimeDistributed"),
    **_rows(Facts(_forwards, _of_recurrent), "RNN SimpleRNN LSTM GRU"),
    **_rows(Facts(_forwards, None), "ConvLSTM1D ConvLSTM2D ConvLSTM3D"),
    **_rows(Facts(False, _of_both_directions), "Bidirectional"),
    keras.Model: Facts(_causal_network, None),
}

KERAS.update(FACTS)
