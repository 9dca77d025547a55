"""Steps of the input pipeline: events from disk, frames from events, a new order each epoch."""

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
    """Raw events and labels of a split, in its fixed order.

    Raises:
        ValueError: If a slice reaches beyond the split, or there is nothing in it.
    """
    for part in split.split("+"):
        rule = "contain a sample and lie inside the data"
        validation.require(_samples(builder, part) > 0, "split", rule, split=split)
    # The frames are cached: tensorflow-datasets' own cache would keep the events besides.
    config = tfds.ReadConfig(try_autocache=False)
    return builder.as_dataset(split=split, as_supervised=True, read_config=config)


def framed(
    dataset: tf.data.Dataset, sensor_size: tuple[int, ...], **framing: Any
) -> tf.data.Dataset:
    """Cuts events into frames (time, height, width, polarities) or (time, units), float32.

    Args:
        dataset: Of events and labels.
        sensor_size: As in `to_frames`.
        framing: The other arguments of `to_frames`.
    """
    count = functools.partial(_count, sensor_size=sensor_size, **framing)
    shape = (framing["time_steps"], *frame_shape(sensor_size, framing["size"]))

    def frame(events: Any, label: Any) -> tuple:
        columns = [events[name] for name in "xytp"]
        frames = tf.numpy_function(count, columns, tf.float32, stateful=False)
        return tf.ensure_shape(frames, shape), label

    return dataset.map(frame, num_parallel_calls=tf.data.AUTOTUNE)


def shuffled(
    dataset: tf.data.Dataset, seed: int | None, at_once: int | None = None
) -> tf.data.Dataset:
    """A new order in each epoch, of all samples or within so many at once."""
    total = len(dataset)
    buffer = total if at_once is None else min(total, at_once)
    return dataset.shuffle(buffer, seed=seed, reshuffle_each_iteration=True)


def seeded(dataset: tf.data.Dataset, seed: int | None) -> tf.data.Dataset:
    """Puts two random integers beside each sample, others in each epoch."""
    seed = int(np.random.randint(2**31)) if seed is None else seed  # Keras's seed sets NumPy's
    numbers = tf.data.Dataset.random(seed, rerandomize_each_iteration=True).batch(2)
    return tf.data.Dataset.zip(dataset, numbers)


def batched(
    dataset: tf.data.Dataset,
    batch_size: int | None,
    drop_remainder: bool = False,
    ragged: bool = False,
) -> tf.data.Dataset:
    """Collects samples into batches.

    Args:
        dataset: Of single samples.
        batch_size: None leaves them single.
        drop_remainder: Whether a last batch that is smaller is left out.
        ragged: Whether samples differ in their number of frames: empty frames are then added at
            the end, up to the longest of the batch.
    """
    validation.require(
        isinstance(drop_remainder, bool),
        "drop_remainder",
        "be True or False",
        drop_remainder=drop_remainder,
    )
    if batch_size is None:
        return dataset
    validation.count("batch_size", batch_size)
    collect = dataset.padded_batch if ragged else dataset.batch
    return collect(batch_size, drop_remainder=drop_remainder)


def augmented(
    dataset: tf.data.Dataset, augment: Callable[[tf.Tensor, tf.Tensor], tuple[tf.Tensor, tf.Tensor]]
) -> tf.data.Dataset:
    """Each sample changed by `augment`, in each epoch with other random numbers."""

    def unseeded(frames: Any, label: Any) -> tuple:
        # With the global seed, tf.data starts the same random numbers anew in each epoch.
        tf.compat.v1.get_default_graph().seed = None
        return augment(frames, label)

    return dataset.map(unseeded, num_parallel_calls=tf.data.AUTOTUNE)


def _count(x: Any, y: Any, t: Any, p: Any, **slicing: Any) -> np.ndarray:
    return to_frames({"x": x, "y": y, "t": t, "p": p}, **slicing)


def _samples(builder: EventDatasetBuilder, part: str) -> int:
    """Number of samples in a split or a slice of one, 0 or less for what does not exist."""
    try:
        return builder.info.splits[part.strip()].num_examples
    except (AssertionError, ValueError):  # tensorflow-datasets: beyond the end, above 100 %
        return 0
