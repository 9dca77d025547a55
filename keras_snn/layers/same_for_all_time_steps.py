"""An image augmentation that draws once per sample, for all its time steps."""

from typing import Any

import keras

from keras_snn.layers.shapes import Shape
from keras_snn.validation import require

# Keras's base of layers that run inside a tf.data pipeline, whatever the backend.
DataLayer: Any = keras.layers.Rescaling.__base__


@keras.saving.register_keras_serializable(package="keras_snn")
class SameForAllTimeSteps(DataLayer, keras.layers.Wrapper):
    """Applies an image augmentation of Keras to a sequence of frames, the same to every frame.

        y[b, t] = f_b(x[b, t])

    The augmentation draws one transformation f_b per sample b. The layer moves the time steps
    into the channels, calls the augmentation once, and moves them back: an augmentation that
    treats all channels alike treats all frames alike. Inference leaves the frames as they are.

    Args:
        layer: An augmentation that treats all channels alike, with `data_format="channels_last"`,
            such as `keras.layers.RandomFlip`, `RandomTranslation`, `RandomRotation`, `RandomZoom`,
            `RandomShear`, `RandomCrop`, or `RandomErasing` with a number as `fill_value`.

    Call arguments:
        inputs: A batch of samples, or one sample as a `tf.data` pipeline maps it.
        training: Whether the frames are augmented, True by default, as in Keras's augmentations.

    Input shape:
        (batch, time, height, width, channels) or (time, height, width, channels); time may be None.

    Output shape:
        The same, with the height and width that the augmentation gives.

    Raises:
        ValueError: if `layer` is no Keras layer or takes channels first, or the input has neither
            four nor five axes.

    Example:
        >>> flip = keras_snn.layers.SameForAllTimeSteps(keras.layers.RandomFlip("horizontal"))
        >>> flip(np.ones((2, 10, 34, 34, 2))).shape
        (2, 10, 34, 34, 2)

    Source: ours. Differs from `TimeDistributed`, which draws anew for every frame.
    """

    def __init__(self, layer: keras.layers.Layer, **kwargs: Any) -> None:
        rule = "be a keras.layers.Layer"
        require(isinstance(layer, keras.layers.Layer), "layer", rule, layer=layer)
        channels = getattr(layer, "data_format", "channels_last")
        rule = 'have data_format="channels_last"'
        require(channels == "channels_last", "layer", rule, data_format=channels)
        kwargs.setdefault("dtype", layer.dtype_policy)
        super().__init__(layer=layer, **kwargs)

    def build(self, input_shape: Any) -> None:
        # Keras gives no shape of TensorFlow's tensors in a pipeline beside another backend.
        super().build(_merged_shape(input_shape) if input_shape else None)

    def call(self, inputs: Any, training: bool = True) -> Any:
        merged = _merged_shape(inputs.shape)
        if not training:
            return inputs
        ops = self.backend
        time_steps, channels = ops.shape(inputs)[-4], inputs.shape[-1]
        images = self.layer(_time_into_channels(ops, inputs), training=training)
        sizes = {"inputs": merged[-1], "outputs": images.shape[-1]}
        good = None in sizes.values() or len(set(sizes.values())) == 1
        require(good, "layer", "keep the number of channels", layer=self.layer.name, **sizes)
        frames = ops.numpy.reshape(images, (*ops.shape(images)[:-1], time_steps, channels))
        return ops.numpy.moveaxis(frames, -2, -4)

    causal = True  # no frame takes part in another, though all share the random numbers

    def macs(self, input_shape: Shape) -> int:
        return 0

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        height, width = self.layer.compute_output_shape(_merged_shape(input_shape))[-3:-1]
        return (*input_shape[:-3], height, width, input_shape[-1])


def _time_into_channels(ops: Any, inputs: Any) -> Any:
    """(..., time, height, width, channels) -> (..., height, width, time * channels)."""
    maps = ops.numpy.moveaxis(inputs, -4, -2)
    sizes = ops.shape(maps)
    return ops.numpy.reshape(maps, (*sizes[:-2], sizes[-2] * sizes[-1]))


def _merged_shape(shape: Any) -> Shape:
    """Gives the shape of the images that hold the channels of all frames."""
    rule = "have the axes (batch, time, height, width, channels), batch only in batches"
    require(len(shape) in (4, 5) and shape[-1] is not None, "inputs", rule, shape=tuple(shape))
    channels = None if shape[-4] is None else shape[-4] * shape[-1]
    return (*shape[:-4], *shape[-3:-1], channels)
