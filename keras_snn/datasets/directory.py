"""Makes a `tf.data.Dataset` of frames and labels from a folder of recordings."""

import os
from collections.abc import Sequence
from typing import Any

import numpy as np

from keras_snn import validation
from keras_snn.datasets.folder import list_recordings
from keras_snn.datasets.framing import check_slicing
from keras_snn.datasets.recordings import Options, check_windows, read_all
from keras_snn.datasets.samples import AugmentEvents, Samples, label_encoder
from keras_snn.datasets.subsets import Subsets, check_split


def event_dataset_from_directory(
    directory: str | os.PathLike,
    labels: str | Sequence[int] | None = "inferred",
    label_mode: str | None = "int",
    class_names: Sequence[str] | None = None,
    batch_size: int | None = 32,
    sensor_size: tuple[int, int] | None = None,
    size: tuple[int, int] | None = None,
    time_steps: int | None = 10,
    slice_by: str = "count",
    window: int | None = None,
    stride: int | None = None,
    shuffle: bool = True,
    seed: int | None = None,
    validation_split: float | None = None,
    subset: str | None = None,
    *,
    duration: int | None = None,
    merge_polarities: bool = False,
    time_unit: str | None = None,
    augment_events: AugmentEvents | None = None,
    cache: bool = True,
    unreadable: str = "error",
    drop_remainder: bool = False,
    initial_epoch: int = 0,
    verbose: bool = True,
) -> Any:
    """Makes a dataset of frames and labels from recordings in a folder.

    It corresponds to `keras.utils.image_dataset_from_directory`: one folder per class contains
    recordings at any depth, in any format of `read_events`. Every file is read once at the
    beginning, in parallel, so that all damage is known before the training.

    Args:
        directory: The folder.
        labels: `"inferred"` from the folders, None for no labels, or a list of integers, one per
            file in the order of the paths.
        label_mode: `"int"` for int32 labels, `"categorical"` for float32 one-hot labels, `"binary"`
            for float32 labels 0 and 1, or None for no labels.
        class_names: Folders to use, in the order of the labels. None takes all, sorted.
        batch_size: Samples per batch. None gives single samples.
        sensor_size: (height, width) of the camera. None takes the size that the files state.
        size: (height, width) of the frames, at most the size of the sensor. Each pixel of a smaller
            frame counts the events of several pixels of the sensor. None keeps the sensor's size.
        time_steps: Frames per sample; ignored for `slice_by="duration"`.
        slice_by: `"count"`, `"time"` or `"duration"`, as in `to_frames`. With `"duration"` samples
            differ in length, and batches are padded with empty frames at the end, which
            `keras_snn.layers.FrameMask` turns into a mask.
        window: Length in microseconds of the samples that are cut from longer recordings; a rest
            after the last whole window is left out. A recording that is not longer than a window is
            one sample. None takes whole recordings.
        stride: Microseconds from the beginning of one window to that of the next. None takes
            `window`.
        shuffle: Whether files are divided into subsets in a random order, and training data have a
            new order in each epoch. False keeps the order of the paths.
        seed: Seed of the order, of the division, and of `augment_events`. None follows
            `keras.utils.set_random_seed`.
        validation_split: Fraction of the files to validate on, between 0 and 1. All windows of a
            recording are in the same subset.
        subset: `"training"`, `"validation"`, or `"both"` for a pair; required if and only if
            `validation_split` is given.
        duration: Microseconds per frame, for `slice_by="duration"` only.
        merge_polarities: Whether one channel counts the events of both polarities.
        time_unit: Unit of the times, `"us"`, `"ms"`, `"s"` or `"ns"`, in formats that do not define
            it.
        augment_events: Function `augment_events(events, generator)` that returns changed events,
            such as those in `keras_snn.datasets.augmentation`. It is called on training data, in
            each epoch with new random numbers.
        cache: Whether the events stay in memory, 13 bytes each. False reads the files in each
            epoch.
        unreadable: `"error"` raises one error that lists all files that cannot be read; `"warn"`
            leaves them out with one warning.
        drop_remainder: Whether a smaller last batch is left out.
        initial_epoch: Number of epochs that a training has finished, as in `fit`: the order of
            training data and `augment_events` go on with those of this epoch, counted from 0. Each
            iteration of the data set is the next epoch.
        verbose: Whether the numbers of files, classes and samples are printed.

    Returns:
        `tf.data.Dataset` with the attributes `class_names` and `file_paths`, or a pair of them for
        `subset="both"`. Its elements are frames (batch, time, height, width, polarities), float32,
        and labels (batch,), (batch, classes) or (batch, 1) for `"int"`, `"categorical"` or
        `"binary"`.

    Raises:
        ValueError: If an argument is out of range, recordings cannot be read, or `sensor_size` is
            needed.

    Example:
        train, validation = keras_snn.utils.event_dataset_from_directory(
            "recordings", size=(64, 64), window=500_000, validation_split=0.2, subset="both", seed=0
        )
        model.fit(train, validation_data=validation)
    """
    validation.optional_count("batch_size", batch_size)
    validation.optional_count("seed", seed, at_least=0)
    validation.count("initial_epoch", initial_epoch, at_least=0)
    validation.flag("drop_remainder", drop_remainder)
    validation.choice("unreadable", unreadable, ("error", "warn"))
    check_split(validation_split, subset, shuffle, seed)
    slicing = _slicing(time_steps, slice_by, duration)
    options = _reading(time_unit, slice_by, window, stride)
    seed = int(np.random.randint(10**6)) if seed is None else seed  # Keras's seed sets NumPy's
    folder = list_recordings(directory, labels, class_names, verbose=verbose)
    encode = label_encoder(label_mode, folder)
    folder = folder.shuffle(seed) if shuffle else folder
    strict = unreadable == "error"
    folder, recordings, sensor = read_all(folder, options, sensor_size, keep=cache, strict=strict)
    framing = {**slicing, "sensor_size": sensor, "size": size, "merge_polarities": merge_polarities}
    changes = (augment_events, seed, initial_epoch)
    samples = Samples(folder.paths, recordings, options, framing, *changes)
    encoded = encode(folder.labels)
    subsets = Subsets(folder, samples, encoded, batch_size, drop_remainder, shuffle, verbose)
    return subsets.choose(subset, validation_split)


def _slicing(time_steps: int | None, slice_by: str, duration: int | None) -> dict[str, Any]:
    """Returns the arguments of `to_frames` that define the slices, checked."""
    steps = None if slice_by == "duration" else time_steps
    slicing = {"time_steps": steps, "slice_by": slice_by, "duration": duration}
    check_slicing(**slicing)
    return slicing


def _reading(
    time_unit: str | None, slice_by: str, window: int | None, stride: int | None
) -> Options:
    """Returns how to read files. Events are sorted by time only if their times matter."""
    check_windows(window, stride)
    in_order = slice_by != "count" or window is not None
    return Options(time_unit, in_order, window, stride or window)
