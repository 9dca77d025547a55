"""Steps of the input pipeline: reading events, cutting frames, batching, augmenting."""

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

from keras_snn import validation
from keras_snn.datasets.builders import EventDatasetBuilder, tfds
from keras_snn.datasets.framing import to_frames
from keras_snn.datasets.pixels import frame_shape


def read(builder: EventDatasetBuilder, split: str) -> tf.data.Dataset:
    """Returns raw events and labels of a split, in its fixed order.

    Raises:
        ValueError: If a slice is empty or reaches beyond its split.
    """
    for part in split.split("+"):
        rule = "contain a sample and lie inside the data"
        validation.require(_samples(builder, part) > 0, "split", rule, split=split)
    # Frames are cached later; the cache of tensorflow-datasets would keep the events too.
    config = tfds.ReadConfig(try_autocache=False)
    return builder.as_dataset(split=split, as_supervised=True, read_config=config)


def framed(
    dataset: tf.data.Dataset, sensor_size: tuple[int, ...], **framing: Any
) -> tf.data.Dataset:
    """Cuts events into frames (time, height, width, polarities) or (time, units), float32.

    Args:
        dataset: Pairs of events and labels.
        sensor_size: As in `to_frames`.
        framing: Other arguments of `to_frames`, at least `time_steps` and `size`.
    """
    count = functools.partial(_count, sensor_size=sensor_size, **framing)
    shape = (framing["time_steps"], *frame_shape(sensor_size, framing["size"]))

    def frame(events: Any, label: Any) -> tuple:
        columns = [events[name] for name in "xytp"]
        frames = tf.numpy_function(count, columns, tf.float32, stateful=False)
        return tf.ensure_shape(frames, shape), label

    return dataset.map(frame, num_parallel_calls=tf.data.AUTOTUNE)


def batched(
    dataset: tf.data.Dataset,
    batch_size: int | None,
    drop_remainder: bool = False,
    ragged: bool = False,
) -> tf.data.Dataset:
    """Collects samples into batches.

    Args:
        dataset: Single samples.
        batch_size: Samples per batch; None leaves them single.
        drop_remainder: Whether a smaller last batch is left out.
        ragged: Whether samples differ in their number of frames. Shorter ones are then padded with
            empty frames at the end, up to the longest of the batch.
    """
    if batch_size is None:
        return dataset
    collect = dataset.padded_batch if ragged else dataset.batch
    return collect(batch_size, drop_remainder=drop_remainder)


def augmented(
    dataset: tf.data.Dataset, augment: Callable[[tf.Tensor, tf.Tensor], tuple[tf.Tensor, tf.Tensor]]
) -> tf.data.Dataset:
    """Changes each sample by `augment`, with new random numbers in each epoch."""

    def unseeded(frames: Any, label: Any) -> tuple:
        # With the global seed, tf.data would repeat the same random numbers in each epoch.
        tf.compat.v1.get_default_graph().seed = None
        return augment(frames, label)

    return dataset.map(unseeded, num_parallel_calls=tf.data.AUTOTUNE)


def _count(x: Any, y: Any, t: Any, p: Any, **slicing: Any) -> np.ndarray:
    return to_frames({"x": x, "y": y, "t": t, "p": p}, **slicing)


def _samples(builder: EventDatasetBuilder, part: str) -> int:
    """Returns the number of samples in a split or slice, at most 0 if it does not exist."""
    try:
        return builder.info.splits[part.strip()].num_examples
    except (AssertionError, ValueError):  # raised for slices beyond the end or above 100 %
        return 0
