"""From a data set's name to a `tf.data.Dataset` of frames or images, and labels."""

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
from keras_snn.datasets.reading import batched
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
    augment: str | UserAugment | None = None,
    cache: bool | None = None,
    **settings: Any,
) -> tf.data.Dataset:
    """Loads a data set as frames of events, or images, and labels, ready for `model.fit`.

    The first call prepares the data set on disk. Recordings are kept as raw events, and frames are
    cut from them on the way, so that `time_steps` and `slice_by` cost nothing to change. Settings
    that differ never share a directory.

    Args:
        name: One of `NAMES`.
        split: `"train"`, `"validation"` (a fixed part of the training data), `"test"`, a slice
            such as `"train[:200]"` or `"train[50%:]"`, or a sum such as `"train+validation"`.
        time_steps: Number of frames; None for the data set's own, 8 for `event_digits`. Images
            have none: the network repeats them.
        slice_by: `"count"` for frames of equally many events, `"time"` for frames of equal
            duration in a recording, `"duration"` for frames of the same duration in all. None for
            `"count"` of cameras and `"time"` of spoken words.
        duration: Microseconds per frame, for `slice_by="duration"` only. Samples then differ in
            length: batches are padded with empty frames at the end, which
            `keras_snn.layers.FrameMask` turns into a mask.
        size: (height, width) of the frames, at most the sensor's: events of neighboring pixels are
            added. None keeps the sensor's.
        antialias: Whether a bilinear filter of `size` spreads every event over the pixels around
            it, as current versions of torchvision resize frames, instead of adding events.
        batch_size: Samples in a batch, the last batch smaller where they do not divide; None for
            single samples.
        drop_remainder: Whether a last batch that is smaller is left out.
        data_dir: Where data sets are kept; None for tensorflow-datasets' own choice,
            `TFDS_DATA_DIR` or `~/tensorflow_datasets`.
        manual_dir: Where archives lie that are fetched by hand, in a folder with the set's name or
            directly; None for `downloads/manual` in `data_dir`.
        shuffle: Whether each epoch has a new order. None shuffles what contains training data
            and leaves validation and test data in their fixed order.
        seed: Of the shuffling and of a paper's augmentation. None follows
            `keras.utils.set_random_seed`.
        augment: `"sma"` or `"fsta"` for the augmentation of a paper, where that has one for the
            set; or `augment(frames, label)`, which returns both, changed, and is called on single
            samples with tensors. Both draw anew in each epoch. What a function draws from
            `tf.random` is not bound to the global seed, with which tf.data would repeat the same
            numbers in every epoch.
        cache: Whether the frames, or the pixels, stay in memory from the first epoch on. None
            keeps them where they take at most 4 GiB. Otherwise they are read in each epoch.
        settings: Of the data set: fields of `EventDigitsSettings` for `event_digits`, of
            `ArchiveSettings` for sets that are read from archives, of `CIFAR10DVSSettings`, with
            `split_rule`, for `cifar10_dvs`. Images have none.

    Returns:
        `tf.data.Dataset` of known cardinality: frames (time, height, width, polarities) or
        (time, units), float32 counts of events, or images (height, width, channels), float32,
        standardized as in the papers; and labels (), int64; with a batch axis before them if
        `batch_size`.

    Raises:
        ValueError: If an argument is out of range, before anything is prepared; if an archive is
            not the published one and not one that `md5` accepts.
        FileNotFoundError: If an archive is absent; the sentence says where it comes from.

    Example:
        train = keras_snn.datasets.load("event_digits", "train", batch_size=32)
        test = keras_snn.datasets.load("event_digits", "test", batch_size=32)
        model.fit(train, validation_data=test)
    """
    validation.choice("name", name, NAMES)
    check_split(split)
    validation.optional_count("batch_size", batch_size)
    validation.optional_count("seed", seed, at_least=0)
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
    return batched(dataset, batch_size, drop_remainder, ragged).prefetch(tf.data.AUTOTUNE)


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
    """The arguments of `to_frames`, checked."""
    slice_by = kind.SLICE_BY if framing["slice_by"] is None else framing["slice_by"]
    time_steps = framing["time_steps"]
    if time_steps is None and slice_by != "duration":
        time_steps = kind.TIME_STEPS
    check_slicing(time_steps, slice_by, framing["duration"])
    frame_shape(kind.SENSOR_SIZE, framing["size"])
    return {**framing, "time_steps": time_steps, "slice_by": slice_by}
