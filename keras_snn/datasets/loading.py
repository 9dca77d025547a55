"""Loads a data set by its name as a `tf.data.Dataset` of frames or images, and labels."""

import os
from typing import Any

import tensorflow as tf

from keras_snn import validation
from keras_snn.datasets.builders import EventDatasetBuilder
from keras_snn.datasets.catalog import BUILDERS, NAMES, prepare
from keras_snn.datasets.framing import check_slicing
from keras_snn.datasets.images import IMAGE_SETS
from keras_snn.datasets.pipelines import Pipeline, UserAugment, augmentations
from keras_snn.datasets.pixels import frame_shape
from keras_snn.datasets.reading import batched, prefetched
from keras_snn.datasets.splits import check_split


def load(
    name: str,
    split: str,
    *,
    time_steps: int | None = None,
    slice_by: str | None = None,
    duration: int | None = None,
    size: tuple[int, int] | None = None,
    antialias: bool = False,
    batch_size: int | None = None,
    drop_remainder: bool = False,
    data_dir: str | os.PathLike | None = None,
    manual_dir: str | os.PathLike | None = None,
    shuffle: bool | None = None,
    seed: int | None = None,
    initial_epoch: int = 0,
    augment: str | UserAugment | None = None,
    cache: bool | None = None,
    **settings: Any,
) -> tf.data.Dataset:
    """Loads a data set as frames of events, or images, and labels, ready for `model.fit`.

    The first call prepares the data set on disk. Recordings are stored as raw events and cut into
    frames when they are read, so `time_steps` and `slice_by` can be changed without a new
    preparation. Each combination of settings has a directory of its own.

    Args:
        name: One of `NAMES`.
        split: `"train"`, `"validation"` (a fixed part of the training data), `"test"`, a slice
            such as `"train[:200]"` or `"train[50%:]"`, or a sum such as `"train+validation"`.
        time_steps: Number of frames per sample. None takes the data set's default, for example 8
            for `event_digits`. It must be None for images, which the network repeats.
        slice_by: `"count"` for frames with equal numbers of events, `"time"` for frames that divide
            each recording into equal durations, `"duration"` for frames of one duration in all
            recordings. None takes `"count"` for cameras and `"time"` for spoken words.
        duration: Microseconds per frame, for `slice_by="duration"` only. Samples then differ in
            length, and batches are padded with empty frames at the end, which
            `keras_snn.layers.FrameMask` turns into a mask.
        size: (height, width) of the frames, at most the size of the sensor. Each pixel of a smaller
            frame counts the events of several pixels of the sensor. None keeps the sensor's size.
        antialias: Whether frames are shrunk to `size` by a bilinear filter that spreads every event
            over several pixels, as in current versions of torchvision, instead of by adding events.
        batch_size: Samples per batch; the last batch may be smaller. None gives single samples.
        drop_remainder: Whether a smaller last batch is left out.
        data_dir: Directory of the prepared data sets. None takes the default of
            tensorflow-datasets: `TFDS_DATA_DIR` or `~/tensorflow_datasets`.
        manual_dir: Directory of archives that are fetched by hand; they lie there directly or in a
            folder with the data set's name. None takes `downloads/manual` in `data_dir`.
        shuffle: Whether each epoch has a new order. None shuffles splits that contain training data
            and keeps the fixed order of validation and test data.
        seed: Seed of the shuffling and of a paper's augmentation. None follows
            `keras.utils.set_random_seed`.
        initial_epoch: Number of epochs that a training has finished, as in `fit`: the order and a
            paper's augmentation go on with those of this epoch, counted from 0. Each iteration of
            the data set is the next epoch.
        augment: `"sma"` or `"fsta"` for the augmentation of that paper, if it has one for the data
            set; or a function `augment(frames, label)`, which is called with the tensors of one
            sample and returns both. Each epoch has new random numbers. Numbers that a function
            draws from `tf.random` depend neither on the global seed, because tf.data would then
            repeat them in every epoch, nor on `initial_epoch`: they differ between two runs.
        cache: Whether the frames or pixels stay in memory after the first epoch. None keeps them
            if they take at most 4 GiB; otherwise each epoch reads them again.
        settings: Settings of the data set: fields of `EventDigitsSettings` for `event_digits`, of
            `CIFAR10DVSSettings` for `cifar10_dvs`, and of `ArchiveSettings` for the other sets of
            recordings. Images have no settings.

    Returns:
        `tf.data.Dataset` of known cardinality with pairs of inputs and labels. Inputs are frames
        (time, height, width, polarities) or (time, units), float32 counts of events, or images
        (height, width, channels), float32, standardized as in the papers. Labels are (), int64.
        With `batch_size`, a batch axis precedes both.

    Raises:
        ValueError: If an argument is out of range, before anything is prepared; or if an archive is
            neither the published one nor one that `md5` accepts.
        FileNotFoundError: If an archive is absent. The message says where to get it.

    Example:
        train = keras_snn.datasets.load("event_digits", "train", batch_size=32)
        test = keras_snn.datasets.load("event_digits", "test", batch_size=32)
        model.fit(train, validation_data=test)
    """
    validation.choice("name", name, NAMES)
    check_split(split)
    validation.optional_count("batch_size", batch_size)
    validation.optional_count("seed", seed, at_least=0)
    validation.count("initial_epoch", initial_epoch, at_least=0)
    _check_switch("drop_remainder", drop_remainder, (True, False))
    _check_switch("shuffle", shuffle, (True, False, None))
    _check_switch("cache", cache, (True, False, None))
    _check_switch("antialias", antialias, (True, False))
    rule = "be False without `size`"
    validation.require(size is not None or not antialias, "antialias", rule, antialias=antialias)
    _check_augment(name, augment)
    pipeline = Pipeline(
        name=name,
        paper=augment if isinstance(augment, str) else None,
        augment=augment if callable(augment) else None,
        shuffle="train" in split if shuffle is None else shuffle,
        seed=seed,
        initial_epoch=initial_epoch,
        cache=cache,
        antialias=antialias,
    )
    framing = {"time_steps": time_steps, "slice_by": slice_by, "duration": duration, "size": size}
    if name in IMAGE_SETS:
        _require_no_frames(framing)
        dataset = pipeline.images(prepare(name, data_dir, manual_dir, **settings), split)
    else:
        framing = _with_defaults(BUILDERS[name], framing)
        dataset = pipeline.frames(prepare(name, data_dir, manual_dir, **settings), split, framing)
    ragged = framing["slice_by"] == "duration"
    return prefetched(batched(dataset, batch_size, drop_remainder, ragged))


def _check_switch(argument: str, value: Any, allowed: tuple[bool | None, ...]) -> None:
    rule = f"be {', '.join(map(str, allowed[:-1]))} or {allowed[-1]}"
    validation.require(any(value is one for one in allowed), argument, rule, **{argument: value})


def _check_augment(name: str, augment: Any) -> None:
    papers = augmentations(name)
    names = f" or {', '.join(map(repr, papers))}" if papers else f"; no paper has one for {name}"
    known = augment is None or callable(augment) or (isinstance(augment, str) and augment in papers)
    validation.require(known, "augment", f"be callable or None{names}", augment=augment)


def _require_no_frames(framing: dict[str, Any]) -> None:
    for argument, value in framing.items():
        rule = "be None for images, which the network repeats for its `time_steps`"
        validation.require(value is None, argument, rule, **{argument: value})


def _with_defaults(kind: type[EventDatasetBuilder], framing: dict[str, Any]) -> dict[str, Any]:
    """Returns the arguments of `to_frames`, checked, with the defaults of the data set."""
    slice_by = kind.SLICE_BY if framing["slice_by"] is None else framing["slice_by"]
    time_steps = framing["time_steps"]
    if time_steps is None and slice_by != "duration":
        time_steps = kind.TIME_STEPS
    check_slicing(time_steps, slice_by, framing["duration"])
    frame_shape(kind.SENSOR_SIZE, framing["size"])
    return {**framing, "time_steps": time_steps, "slice_by": slice_by}
