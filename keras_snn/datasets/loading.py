"""From a data set's name to a `tf.data.Dataset` of frames and labels."""

import dataclasses
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import tensorflow as tf

from keras_snn import validation
from keras_snn.datasets.archive_builder import ArchiveDatasetBuilder
from keras_snn.datasets.builders import EventDatasetBuilder, tfds
from keras_snn.datasets.cifar10_dvs import CIFAR10DVS
from keras_snn.datasets.dvs128_gesture import DVS128Gesture
from keras_snn.datasets.event_digits import EventDigits
from keras_snn.datasets.framing import check_slicing
from keras_snn.datasets.n_caltech101 import NCaltech101
from keras_snn.datasets.n_mnist import NMNIST
from keras_snn.datasets.reading import augmented, batched, framed, read, shuffled
from keras_snn.datasets.splits import check_split
from keras_snn.extras import import_extra

# A data set is a row here and a file with its builder.
BUILDERS: dict[str, type[EventDatasetBuilder]] = {
    "event_digits": EventDigits,
    "dvs128_gesture": DVS128Gesture,
    "cifar10_dvs": CIFAR10DVS,
    "n_caltech101": NCaltech101,
    "n_mnist": NMNIST,
}
NAMES = tuple(BUILDERS)


@dataclasses.dataclass(frozen=True)
class DatasetInfo:
    """What is known of a data set before anything is prepared.

    Args:
        input_shape: (time, height, width, polarities), with the default number of time steps.
        classes: Number of classes.
        class_names: Names of the classes, in the order of the labels.
        splits: Number of samples of each split, by its name.
        license: Of the recordings.
        source: Where they come from.
        archives: Names of the files to fetch by hand; empty where there are none.
        archive_dir: Where these files go; None where there are none.
    """

    input_shape: tuple[int, int, int, int]
    classes: int
    class_names: tuple[str, ...]
    splits: dict[str, int]
    license: str
    source: str
    archives: tuple[str, ...] = ()
    archive_dir: Path | None = None


def info(name: str, data_dir: str | os.PathLike | None = None) -> DatasetInfo:
    """Tells the shape, the classes, the splits and the origin of a data set.

    Args:
        name: One of `NAMES`.
        data_dir: As in `load`; it decides where archives go.

    Example:
        >>> keras_snn.datasets.info("event_digits").input_shape
        (8, 34, 34, 2)
    """
    kind = _builder(name)
    known = DatasetInfo(
        input_shape=(kind.TIME_STEPS, *kind.SENSOR_SIZE),
        classes=len(kind.CLASS_NAMES),
        class_names=kind.CLASS_NAMES,
        splits=dict(kind.SIZES),
        license=kind.LICENSE,
        source=kind.SOURCE,
    )
    if not issubclass(kind, ArchiveDatasetBuilder):
        return known
    folder = _manual_dir(kind(data_dir=data_dir)) / name
    return dataclasses.replace(known, archives=tuple(kind.ARCHIVES), archive_dir=folder)


def load(
    name: str,
    split: str,
    *,
    time_steps: int | None = None,
    slice_by: str = "count",
    batch_size: int | None = None,
    drop_remainder: bool = False,
    data_dir: str | os.PathLike | None = None,
    manual_dir: str | os.PathLike | None = None,
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
        drop_remainder: Whether a last batch that is smaller is left out.
        data_dir: Where data sets are kept; None for tensorflow-datasets' own choice,
            `TFDS_DATA_DIR` or `~/tensorflow_datasets`.
        manual_dir: Where archives lie that are fetched by hand, in a folder with the set's name or
            directly; None for `downloads/manual` in `data_dir`.
        shuffle: Whether each epoch has a new order. None shuffles what contains training data
            and leaves validation and test data in their fixed order.
        seed: Of the shuffling. None follows `keras.utils.set_random_seed`.
        augment: `augment(frames, label)` returns both, changed, and is called on single samples
            with tensors, anew in each epoch: what it draws from `tf.random` is not bound to the
            global seed, with which tf.data would repeat the same numbers in every epoch.
        cache: Whether the frames stay in memory from the first epoch on. False where they do not
            fit; the events are then read and framed in each epoch.
        settings: Of the data set: fields of `EventDigitsSettings` for `event_digits`, of
            `ArchiveSettings` for sets that are read from archives, of `CIFAR10DVSSettings`, with
            `split_rule`, for `cifar10_dvs`.

    Returns:
        `tf.data.Dataset` of known cardinality: frames (time, height, width, polarities), float32
        counts of events, and labels (), int64, with a batch axis before them if `batch_size`.

    Raises:
        ValueError: If an argument is out of range, before anything is prepared; if an archive is
            not the published one and not one that `md5` accepts.
        FileNotFoundError: If an archive is absent; the sentence says where it comes from.

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
    switch = isinstance(drop_remainder, bool)
    rule = "be True or False"
    validation.require(switch, "drop_remainder", rule, drop_remainder=drop_remainder)
    switch = shuffle is None or isinstance(shuffle, bool)
    validation.require(switch, "shuffle", "be True, False or None", shuffle=shuffle)
    if shuffle is None:
        shuffle = "train" in split

    dataset = read(prepare(kind, data_dir, manual_dir, **settings), split)
    if shuffle and not cache:  # events are far smaller than frames
        dataset = shuffled(dataset, seed)
    dataset = framed(dataset, kind.SENSOR_SIZE, time_steps, slice_by)
    if cache:  # in memory alone: a file could outlive the settings that it was written with
        dataset = dataset.cache()
    if shuffle and cache:
        dataset = shuffled(dataset, seed)
    if augment is not None:
        dataset = augmented(dataset, augment)
    return batched(dataset, batch_size, drop_remainder).prefetch(tf.data.AUTOTUNE)


def prepare(
    kind: type[EventDatasetBuilder],
    data_dir: str | os.PathLike | None,
    manual_dir: str | os.PathLike | None = None,
    **settings: Any,
) -> EventDatasetBuilder:
    """A builder whose data are on disk. What is interrupted leaves nothing that is read later."""
    import_extra("tonic", "data")  # before the work, not in the midst of it
    builder = kind(data_dir=data_dir, **settings)
    folder = _manual_dir(builder) if manual_dir is None else Path(manual_dir)
    if isinstance(builder, ArchiveDatasetBuilder) and not builder.is_prepared():
        builder.find_archives(folder)
    config = tfds.download.DownloadConfig(manual_dir=folder)
    try:
        builder.download_and_prepare(download_config=config)
    except OSError:
        # Two processes may prepare at once: the second finds the first one's directory.
        builder = kind(data_dir=data_dir, **settings)
        if not builder.is_prepared():
            raise
    return builder


def _manual_dir(builder: EventDatasetBuilder) -> Path:
    """Where tensorflow-datasets looks for archives that are fetched by hand."""
    return Path(builder.data_dir_root) / "downloads" / "manual"


def _builder(name: str) -> type[EventDatasetBuilder]:
    """The row of the table of data sets."""
    return BUILDERS[validation.choice("name", name, NAMES)]
