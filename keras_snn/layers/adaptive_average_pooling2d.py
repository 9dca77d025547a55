"""Adaptive average pooling by PyTorch's rule, from maps of any size."""

from typing import Any

import keras
from keras import ops

from keras_snn.functional.precision import mean
from keras_snn.layers.shapes import Shape
from keras_snn.validation import count, require


def windows(size: int, outputs: int) -> list[tuple[int, int]]:
    """Gives the window of every output: floor(i size / n) to ceil((i + 1) size / n)."""
    return [(i * size // outputs, -(-(i + 1) * size // outputs)) for i in range(outputs)]


def _require_fixed(shape: Shape) -> None:
    fixed = len(shape) == 4 and None not in shape[1:3]
    rule = "have the axes (batch, height, width, channels), height and width fixed"
    require(fixed, "inputs", rule, shape=tuple(shape))


@keras.saving.register_keras_serializable(package="keras_snn")
class AdaptiveAveragePooling2D(keras.layers.Layer):
    """Averages over windows that divide up the map, whatever its size.

    For a map x of h rows and w columns:

        y[i, j] = mean over a, b of x[a, b]
        a = floor(i h / n) .. ceil((i + 1) h / n) - 1
        b = floor(j w / n) .. ceil((j + 1) w / n) - 1

    Windows overlap where n does not divide the size, and repeat where it is smaller than n.

    Args:
        output_size: n, the height and width of the output.

    Input shape:
        (batch, height, width, channels), height and width fixed

    Output shape:
        (batch, n, n, channels)

    Raises:
        ValueError: if `output_size` is no integer of at least 1, or the map's size is None.

    Example:
        >>> AdaptiveAveragePooling2D(3)(np.zeros((2, 4, 1, 8))).shape
        (2, 3, 3, 8)

    Source: torch.nn.AdaptiveAvgPool2d. Differs from `keras.layers.AdaptiveAveragePooling2D`,
    which has the same rule: maps smaller than the output work in graphs too.
    """

    def __init__(self, output_size: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.output_size = count("output_size", output_size)

    def build(self, input_shape: Shape) -> None:
        _require_fixed(input_shape)

    def call(self, inputs: Any) -> Any:
        _require_fixed(inputs.shape)
        rows = windows(inputs.shape[1], self.output_size)
        columns = windows(inputs.shape[2], self.output_size)
        x = ops.stack([mean(inputs[:, i:j], axis=1) for i, j in rows], axis=1)
        return ops.stack([mean(x[:, :, i:j], axis=2) for i, j in columns], axis=2)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return (input_shape[0], self.output_size, self.output_size, input_shape[-1])

    causal = True

    def macs(self, input_shape: Shape) -> int:
        return 0

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "output_size": self.output_size}
