"""Masks over time, for samples of different lengths in one batch."""

from typing import Any

import keras
from keras import ops

from keras_snn.functional.masks import set_keras_mask
from keras_snn.layers.shapes import Shape, require_sequence
from keras_snn.validation import require


@keras.saving.register_keras_serializable(package="keras_snn")
class FrameMask(keras.layers.Layer):
    """Masks the empty frames at the end of each sample, so that padding changes no result.

        mask[b, t] = t < length[b],    length[b] = 1 + last t at which x[b, t] has an event

    where `lengths` may be given instead. Masked frames become zeros. The layers that follow receive
    the mask: a neuron skips masked time steps, `BatchNormalization` leaves them out of its
    statistics, and a mean over time leaves them out of the mean. An empty frame between others is
    kept.

    Call arguments:
        inputs: Frames, nonzero where there are events.
        lengths: (batch,), integers, numbers of frames from 0 to time; None counts up to the last
            frame that has an event, and 0 for a sample without events.

    Input shape, Output shape:
        (batch, time, ...), at least one axis after time; time may be None. The mask is
        (batch, time).

    Raises:
        ValueError: if the input has less than three axes, or `lengths` not one.

    Example:
        >>> frames = np.ones((1, 3, 4, 4, 2)) * np.reshape([1, 0, 0], (1, 3, 1, 1, 1))
        >>> keras_snn.layers.FrameMask().compute_mask(frames).numpy().tolist()
        [[True, False, False]]

    Source: ours. Differs from `keras.layers.Masking`: that gives one mask per pixel, and masks
    empty frames wherever they are. It depends on later frames, so it is not causal.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.supports_masking = True

    def call(self, inputs: Any, lengths: Any = None) -> Any:
        inputs = ops.cast(inputs, self.compute_dtype)
        mask = self.compute_mask(inputs, lengths=lengths)
        outputs = ops.where(_beside(mask, inputs), inputs, ops.zeros_like(inputs))
        set_keras_mask(outputs, mask)
        return outputs

    def compute_mask(self, inputs: Any, previous_mask: Any = None, lengths: Any = None) -> Any:
        require_sequence(inputs.shape)
        seen = _seen(inputs)
        steps = ops.cumsum(ops.ones_like(seen, dtype="int32"), axis=1)  # 1 .. time
        if lengths is None:
            lengths = ops.max(ops.where(seen, steps, 0), axis=1)
        lengths = ops.convert_to_tensor(lengths)
        rule = "have one axis, (batch,)"
        require(len(lengths.shape) == 1, "lengths", rule, shape=tuple(lengths.shape))
        return steps <= ops.cast(lengths, "int32")[:, None]

    def compute_output_shape(
        self, inputs_shape: Shape, lengths_shape: Shape | None = None
    ) -> Shape:
        return inputs_shape

    causal = False

    def macs(self, input_shape: Shape) -> int:
        return 0


def _seen(frames: Any) -> Any:
    """Tells which frames have an event, (batch, time)."""
    return ops.any(ops.not_equal(frames, 0), axis=tuple(range(2, len(frames.shape))))


def _beside(mask: Any, inputs: Any) -> Any:
    """Gives the mask (batch, time) the rank of the inputs."""
    for _ in range(len(inputs.shape) - 2):
        mask = ops.expand_dims(mask, -1)
    return mask
