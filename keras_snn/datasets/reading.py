"""Steps of the input pipeline: reading events, cutting frames, batching, augmenting."""

import functools
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

from keras_snn import validation
from keras_snn.datasets.builders import EventDatasetBuilder, tfds
from keras_snn.datasets.framing import to_frames
from keras_snn.datasets.groups import cut_frames, group_size
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
    dataset: tf.data.Dataset, builder: EventDatasetBuilder, **framing: Any
) -> tf.data.Dataset:
    """Cuts events into frames (time, height, width, polarities) or (time, units), float32.

    Args:
        dataset: Pairs of events and labels of the builder, of a known number.
        builder: The data set.
        framing: Arguments of `to_frames` without `sensor_size`, at least `time_steps` and `size`.
    """
    shape = (framing["time_steps"], *frame_shape(builder.SENSOR_SIZE, framing["size"]))
    frames = 4 * math.prod((shape[0] or builder.TIME_STEPS, *shape[1:]))
    cut = functools.partial(_count, sensor_size=builder.SENSOR_SIZE, **framing)

    def arguments(events: Any, label: Any) -> tuple:
        columns = tuple(events[name] for name in "xytp")
        return (*columns, tf.size(events["t"])), (label,)

    at_once = group_size(max(frames, _stored(builder)))
    return cut_frames(dataset.map(arguments), cut, shape, at_once)


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


def prefetched(dataset: tf.data.Dataset) -> tf.data.Dataset:
    """Makes the next elements while the current one is used, on all cores.

    TensorFlow does not tune the parallelism. The thread that does so sleeps from 0.31 to 0.63 s
    after the beginning, then to 1.27 s and so on, and the end of an epoch can wait for it.
    """
    options = tf.data.Options()
    options.autotune.enabled = False
    return dataset.prefetch(2).with_options(options)


def augmented(
    dataset: tf.data.Dataset, augment: Callable[[tf.Tensor, tf.Tensor], tuple[tf.Tensor, tf.Tensor]]
) -> tf.data.Dataset:
    """Changes each sample by `augment`, with new random numbers in each epoch."""

    def unseeded(frames: Any, label: Any) -> tuple:
        # With the global seed, tf.data would repeat the same random numbers in each epoch.
        tf.compat.v1.get_default_graph().seed = None
        return augment(frames, label)

    return dataset.map(unseeded, num_parallel_calls=tf.data.AUTOTUNE)


def _count(x: Any, y: Any, t: Any, p: Any, events: Any, **framing: Any) -> np.ndarray:
    """Returns the frames of a recording whose columns may be longer than its number of events."""
    recording = {"x": x[:events], "y": y[:events], "t": t[:events], "p": p[:events]}
    return to_frames(recording, **framing)


def _stored(builder: EventDatasetBuilder) -> float:
    """Returns the mean number of bytes of a recording on disk, about half of those in memory."""
    samples = sum(split.num_examples for split in builder.info.splits.values())
    return builder.info.dataset_size / samples


def _samples(builder: EventDatasetBuilder, part: str) -> int:
    """Returns the number of samples in a split or slice, at most 0 if it does not exist."""
    try:
        return builder.info.splits[part.strip()].num_examples
    except (AssertionError, ValueError):  # raised for slices beyond the end or above 100 %
        return 0
