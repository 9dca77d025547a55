"""A network over a sliding window of a stream, for layers that need all of its time steps."""

from typing import Any

import keras
from keras import ops

from keras_snn.graphs.causality import takes_static_image
from keras_snn.validation import count, require


class SlidingWindow(keras.layers.Layer):
    """The layer gives the latest frames of a stream, zeros before the first one.

    Args:
        window: How many frames.

    Input shape:
        (batch, time, ...), at most `window` time steps.

    Output shape:
        (batch, window, ...)
    """

    stateful = True

    def __init__(self, window: int, **kwargs: Any) -> None:
        super().__init__(autocast=False, **kwargs)
        self.window = window

    def build(self, input_shape: Any) -> None:
        shape = (input_shape[0], self.window, *input_shape[2:])
        self.frames = self.add_weight(
            shape=shape, initializer="zeros", trainable=False, name="frames"
        )

    @property
    def states(self) -> list[Any]:
        return [self.frames]

    def call(self, inputs: Any) -> Any:
        frames = ops.concatenate([self.frames[:, inputs.shape[1] :], inputs], axis=1)
        self.frames.assign(frames)
        return frames

    def reset_state(self) -> None:
        self.frames.assign(ops.zeros_like(self.frames))

    def compute_output_shape(self, input_shape: Any) -> Any:
        return (input_shape[0], self.window, *input_shape[2:])


def with_sliding_window(
    model: keras.Model, batch_size: int, time_steps: int, window: Any
) -> keras.Model:
    """The network as a function of the next frames, run anew over the last `window` of them.

    It shares the layers of `model`.
    """
    window = count("window", window, at_least=time_steps)
    good = len(getattr(model, "inputs", None) or []) == 1 and not takes_static_image(model)
    rule = "have one input, a sequence, for a sliding window"
    require(good, "model", rule, model=model.name)
    tensor = model.inputs[0]
    rule = "be the number of time steps that the network was built for"
    require(tensor.shape[1] in (None, window), "window", rule, window=window, inputs=tensor.shape)
    shape = (batch_size, time_steps, *tensor.shape[2:])
    frames = keras.Input(batch_shape=shape, dtype=tensor.dtype, name="frames")
    latest = SlidingWindow(window, name="sliding_window", dtype=tensor.dtype)(frames)
    return keras.Model(frames, model(keras.tree.pack_sequence_as(model.input, [latest])))
