"""What Spiking Multiscale Attention computes; `SMA` adds its arguments."""

import math
from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from keras_snn import backends
from keras_snn.functional import attention, time, zoneout
from keras_snn.functional.precision import mean
from keras_snn.layers.azo import AZO
from keras_snn.layers.protocol import Macs, fixed, is_causal, macs_of
from keras_snn.layers.quantization import quantize_parts, quantized_parts
from keras_snn.layers.scales import ScaleBranch, ScaleEncoder
from keras_snn.layers.shapes import Shape, require_maps, require_time_steps
from keras_snn.layers.weight_arguments import WeightArguments
from keras_snn.validation import require


class MultiscaleAttention(keras.layers.Layer):
    """Base of SMA: encodes the scales, weighs them in time and channel, and sums them."""

    kernel_sizes: tuple[int, ...]
    channel_reduction: int
    time_reduction: float
    activation: Any
    time_attention: bool
    lightweight: bool
    azo: AZO | None
    weight_arguments: WeightArguments

    def build(self, input_shape: Shape) -> None:
        self.time_steps, channels = require_maps(input_shape)
        self.encoders = [
            self._part(ScaleEncoder, input_shape, f"scale{n}", size, self.activation)
            for n, size in enumerate(self.kernel_sizes)
        ]
        hidden = channels // self.channel_reduction
        self.channel_branch = self._branch("channel", (None, None, channels), hidden)
        if self.time_attention:
            hidden = int(self.time_steps / self.time_reduction + 1e-9)
            self.time_branch = self._branch("time", (None, self.time_steps), hidden)
        if self.azo is not None:
            self._build_azo(self.azo, input_shape)

    def _build_azo(self, azo: AZO, input_shape: Shape) -> None:
        scales = (input_shape[0], len(self.kernel_sizes))
        time_weights = (*scales, self.time_steps)
        features, channel_weights = (*scales, *input_shape[1:]), (*time_weights, input_shape[4])
        azo.build([features, time_weights, channel_weights])

    def _branch(self, name: str, input_shape: Shape, hidden: int) -> ScaleBranch:
        rule = f"leave at least one hidden unit of {input_shape[-1]}"
        argument = f"{name}_reduction"
        require(hidden >= 1, argument, rule, **{argument: getattr(self, argument)})
        return self._part(
            ScaleBranch, input_shape, f"{name}_branch", len(self.kernel_sizes), hidden
        )

    def _part(self, layer_class: type, input_shape: Shape, name: str, *arguments: Any) -> Any:
        """Makes and builds a part of this layer, under its dtype policy."""
        layer = layer_class(*arguments, self.weight_arguments, name=name, dtype=self.dtype_policy)
        layer.build(tuple(input_shape))
        return layer

    def call(
        self, inputs: Any, training: bool | None = None, return_attention_scores: bool = False
    ) -> Any:
        require_time_steps(inputs, self.time_steps)
        maps = self.encode(ops.cast(inputs, self.compute_dtype), training)
        y = attention.squeeze(maps)  # (batch, time, channels)
        channel_weights = self._channel_weights(y)  # (batch, N, time, channels)
        time_weights = self._time_weights(y)  # (batch, N, time)
        outputs = self._decode(maps, time_weights, channel_weights, training)
        return (outputs, time_weights, channel_weights) if return_attention_scores else outputs

    def encode(self, inputs: Any, training: bool | None = None) -> list[Any]:
        """Computes the maps M_1 .. M_N of all scales, a list."""
        scales = [encoder.conv.kernel for encoder in self.encoders]
        convolved = backends.convolve_each(time.merge(inputs), scales)
        each = zip(self.encoders, convolved, strict=True)
        return [encoder(images, training=training) for encoder, images in each]

    def _channel_weights(self, y: Any) -> Any:
        if not self.lightweight:
            return self.channel_branch(y)
        weights = self.channel_branch(mean(y, axis=1, keepdims=True))
        return ops.repeat(weights, self.time_steps, axis=2)

    def _time_weights(self, y: Any) -> Any:
        if self.time_attention:
            return self.time_branch(mean(y, axis=-1))
        scales = len(self.kernel_sizes)
        return ops.repeat(ops.full_like(y[:, None, :, 0], 1.0 / scales), scales, axis=1)

    def _decode(
        self, maps: Sequence[Any], time_weights: Any, channel_weights: Any, training: bool | None
    ) -> Any:
        weights = channel_weights
        if self.time_attention:
            weights = attention.scale_weights(time_weights, channel_weights)
        if self.azo is None or not training:
            return attention.decode(maps, weights)
        cells = ops.cast(self.azo.select(time_weights, channel_weights), weights.dtype)
        stay, taken = zoneout.split_weights(weights, cells)
        return attention.decode(maps, stay) + time.delay(attention.decode(maps, taken))

    @property
    def causal(self) -> bool:
        """True for SMA-C without AZO alone, which weighs every time step by itself."""
        mixes = self.time_attention or self.lightweight or self.azo is not None
        return not mixes and all(is_causal(encoder.act) for encoder in self.encoders)

    def macs(self, input_shape: Shape) -> int:
        return macs_of(self, input_shape)

    def macs_of_parts(self, input_shape: Shape) -> dict[str, Macs]:
        time_steps, height, width, _ = fixed(self, tuple(input_shape[1:]))
        scales = {
            f"/{e.name}": Macs(height * width * math.prod(e.conv.kernel.shape), time_steps)
            for e in self.encoders
        }
        channel = Macs(self.channel_branch.products(), 1 if self.lightweight else time_steps)
        parts = {**scales, f"/{self.channel_branch.name}": channel}
        if self.time_attention:
            parts[f"/{self.time_branch.name}"] = Macs(self.time_branch.products(), 1)
        return parts

    def kept_elements(self, input_shape: Shape) -> int:
        """Counts convolution, normalization and neuron of every scale, and the output."""
        elements = math.prod(size or 1 for size in input_shape[1:])
        return elements * (1 + 3 * len(self.kernel_sizes))

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return tuple(input_shape)

    def compute_output_spec(
        self, inputs: Any, training: bool | None = None, return_attention_scores: bool = False
    ) -> Any:
        require_time_steps(inputs, self.time_steps)
        outputs = keras.KerasTensor(inputs.shape, dtype=self.compute_dtype)
        if not return_attention_scores:
            return outputs
        weights = (inputs.shape[0], len(self.kernel_sizes), self.time_steps)
        shapes = (weights, (*weights, inputs.shape[-1]))
        return outputs, *(keras.KerasTensor(shape, dtype=self.compute_dtype) for shape in shapes)

    def get_build_config(self) -> dict[str, Any] | None:
        config = super().get_build_config()
        return config and {**config, "quantized": quantized_parts(self)}

    def build_from_config(self, config: dict[str, Any]) -> None:
        super().build_from_config(config)
        quantize_parts(self, config.get("quantized", []))
