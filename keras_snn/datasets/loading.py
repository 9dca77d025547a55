"""From a data set's name to a `tf.data.Dataset` of frames and labels."""

import os
from collections.abc import Callable
from typing import Any, NamedTuple

import tensorflow as tf

from keras_snn import validation
from keras_snn.datasets.builders import EventDatasetBuilder
from keras_snn.datasets.event_digits import EventDigits
from keras_snn.datasets.framing import check_slicing
from keras_snn.datasets.reading import augmented, framed, read, shuffled
from keras_snn.datasets.splits import SPLITS, check_split
from keras_snn.extras import import_extra

# A data set is a row here and a file with its builder.
BUILDERS: dict[str, type[EventDatasetBuilder]] = {
    "event_digits": EventDigits,
}
NAMES = tuple(BUILDERS)


class DatasetInfo(NamedTuple):
    """What a network needs to know of a data set before anything is prepared.

    `input_shape` is (time, height, width, polarities) with the default number of time steps.
    """

    input_shape: tuple[int, int, int, int]
    classes: int
    splits: tuple[str, ...] = SPLITS


def info(name: str) -> DatasetInfo:
    """Shape and classes of a data set."""
    builder = _builder(name)
    return DatasetInfo((builder.TIME_STEPS, *builder.SENSOR_SIZE), builder.CLASSES)


def load(
    name: str,
    split: str,
    *,
    time_steps: int | None = None,
    slice_by: str = "count",
    batch_size: int | None = None,
    data_dir: str | os.PathLike | None = None,
    shuffle: bool | None = None,
    seed: int | None = None,
    augment: Callable[[tf.Tensor, tf.Tensor], tuple[tf.Tensor, tf.Tensor]] | None = None,
    cache: bool = True,
    **settings: Any,
) -> tf.data.Dataset:
    """Event data as frames and labels, ready for `model.fit`.

    The first call prepares the data set on disk, as raw events; frames are cut from them on the
    way, so that `time_steps` and `slice_by` cost nothing to change. Settings that differ never
    share a directory.

    Args:
        name: One of `NAMES`.
        split: `"train"`, `"validation"` (a fixed part of the training data), `"test"`, a slice
            such as `"train[:200]"` or `"train[50%:]"`, or a sum such as `"train+validation"`.
        time_steps: Number of frames; None for the data set's own, 8 for `event_digits`.
        slice_by: `"count"` for frames of equally many events, `"time"` for frames of equal
            duration.
        batch_size: Samples in a batch, the last batch smaller where they do not divide; None for
            single samples.
        data_dir: Where data sets are kept; None for tensorflow-datasets' own choice,
            `TFDS_DATA_DIR` or `~/tensorflow_datasets`.
        shuffle: Whether each epoch has a new order. None shuffles what contains training data
            and leaves validation and test data in their fixed order.
        seed: Of the shuffling. None follows `keras.utils.set_random_seed`.
        augment: `augment(frames, label)` returns both, changed, and is called on single samples
            with tensors, anew in each epoch: what it draws from `tf.random` is not bound to the
            global seed, with which tf.data would repeat the same numbers in every epoch.
        cache: Whether the frames stay in memory from the first epoch on. False where they do not
            fit; the events are then read and framed in each epoch.
        settings: Of the data set; for `event_digits`, fields of `EventDigitsSettings`.

    Returns:
        `tf.data.Dataset` of known cardinality: frames (time, height, width, polarities), float32
        counts of events, and labels (), int64, with a batch axis before them if `batch_size`.

    Raises:
        ValueError: If an argument is out of range, before anything is prepared.

    Example:
        train = keras_snn.datasets.load("event_digits", "train", batch_size=32)
        test = keras_snn.datasets.load("event_digits", "test", batch_size=32)
        model.fit(train, validation_data=test)
    """
    kind = _builder(name)
    check_split(split)
    time_steps = kind.TIME_STEPS if time_steps is None else time_steps
    check_slicing(time_steps, slice_by)
    if batch_size is not None:
        validation.count("batch_size", batch_size)
    if seed is not None:
        validation.count("seed", seed, at_least=0)
    usable = augment is None or callable(augment)
    validation.require(usable, "augment", "be callable or None", augment=augment)
    switch = shuffle is None or isinstance(shuffle, bool)
    validation.require(switch, "shuffle", "be True, False or None", shuffle=shuffle)
    if shuffle is None:
        shuffle = "train" in split

    dataset = read(prepare(kind, data_dir, **settings), split)
    if shuffle and not cache:  # events are far smaller than frames
        dataset = shuffled(dataset, seed)
    dataset = framed(dataset, kind.SENSOR_SIZE, time_steps, slice_by)
    if cache:  # in memory alone: a file could outlive the settings that it was written with
        dataset = dataset.cache()
    if shuffle and cache:
        dataset = shuffled(dataset, seed)
    if augment is not None:
        dataset = augmented(dataset, augment)
    if batch_size is not None:
        dataset = dataset.batch(batch_size)
    return dataset.prefetch(tf.data.AUTOTUNE)


def prepare(
    kind: type[EventDatasetBuilder], data_dir: str | os.PathLike | None, **settings: Any
) -> EventDatasetBuilder:
    """A builder whose data are on disk. What is interrupted leaves nothing that is read later."""
    import_extra("tonic", "data")  # before the work, not in the midst of it
    builder = kind(data_dir=data_dir, **settings)
    try:
        builder.download_and_prepare()
    except OSError:
        # Two processes may prepare at once: the second finds the first one's directory.
        builder = kind(data_dir=data_dir, **settings)
        if not builder.is_prepared():
            raise
    return builder


def _builder(name: str) -> type[EventDatasetBuilder]:
    """The row of the table of data sets."""
    return BUILDERS[validation.choice("name", name, NAMES)]
