"""From a folder of recordings to a `tf.data.Dataset` of frames and labels."""

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
    verbose: bool = True,
) -> Any:
    """Makes a dataset of frames and labels from recordings in a folder.

    It is the sibling of `keras.utils.image_dataset_from_directory`: one folder per class, in it
    recordings in any format of `read_events`, at any depth. Every file is read once at the
    beginning, in parallel, so that all damage is known before the training.

    Args:
        directory: The folder.
        labels: `"inferred"` from the folders, None for no labels, or a list of integers, one per
            file in the order of the paths.
        label_mode: `"int"` for int32 labels, `"categorical"` for one-hot and `"binary"` for 0 or 1
            in float32, or None for no labels.
        class_names: Folders to use, in the order of the labels. None takes all, sorted.
        batch_size: Samples in a batch; None for single samples.
        sensor_size: (height, width) of the camera; None for what the files tell.
        size: (height, width) of the frames, at most the sensor's: events of neighboring pixels
            are added. None keeps the sensor's.
        time_steps: Frames per sample; without meaning for `slice_by="duration"`.
        slice_by: `"count"`, `"time"` or `"duration"`, as in `to_frames`. Samples of `"duration"`
            differ in length: batches are padded with empty frames at the end, which
            `keras_snn.layers.FrameMask` turns into a mask.
        window: Microseconds of a sample that is cut from a longer recording; None for whole
            recordings. A recording that is not longer than a window is one sample, and what
            remains behind the last whole window is left out.
        stride: Microseconds between the beginnings of two windows; None for `window`.
        shuffle: Whether the files are split in a random order and training data have a new order
            in each epoch; otherwise the order is that of the paths.
        seed: Of the order, of the split, and of `augment_events`.
        validation_split: Fraction of the files, from 0 to 1, to validate on. A recording, with all
            its windows, is either in the one subset or in the other.
        subset: `"training"`, `"validation"`, or `"both"` for a pair, with `validation_split`.
        duration: Microseconds per frame, for `slice_by="duration"`.
        merge_polarities: Whether one channel counts the events of both polarities.
        time_unit: Unit of the times, `"us"`, `"ms"`, `"s"` or `"ns"`, in files that do not fix it.
        augment_events: `augment_events(events, generator)` returns changed events, anew in each
            epoch, as the functions of `keras_snn.datasets.augmentation` do. Validation data are
            left as they are.
        cache: Whether the events, 13 bytes each, stay in memory. False reads the files in each
            epoch.
        unreadable: `"error"` to raise one error that lists the files that cannot be read, `"warn"`
            to leave them out with one warning.
        drop_remainder: Whether a last batch that is smaller is left out.
        verbose: Whether the numbers of files, classes and samples are printed.

    Returns:
        `tf.data.Dataset` of frames (batch, time, height, width, polarities), float32, and labels,
        with the attributes `class_names` and `file_paths`; a pair of them for `subset="both"`.

    Raises:
        ValueError: If an argument is out of range, or recordings cannot be read.

    Example:
        train, validation = keras_snn.utils.event_dataset_from_directory(
            "recordings", size=(64, 64), window=500_000, validation_split=0.2, subset="both", seed=0
        )
        model.fit(train, validation_data=validation)
    """
    validation.optional_count("batch_size", batch_size)
    validation.optional_count("seed", seed, at_least=0)
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
    samples = Samples(folder.paths, recordings, options, framing, augment_events, seed)
    encoded = encode(folder.labels)
    subsets = Subsets(folder, samples, encoded, batch_size, drop_remainder, shuffle, verbose)
    return subsets.choose(subset, validation_split)


def _slicing(time_steps: int | None, slice_by: str, duration: int | None) -> dict[str, Any]:
    """The arguments of `to_frames` that say how events become frames, checked."""
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
