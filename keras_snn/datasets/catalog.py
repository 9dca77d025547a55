"""Lists the data sets, describes each, and prepares them on disk."""

import contextlib
import dataclasses
import os
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from keras_snn import validation
from keras_snn.datasets.archive_builder import ArchiveDatasetBuilder
from keras_snn.datasets.archives import find_archives
from keras_snn.datasets.builders import EventDatasetBuilder, tfds
from keras_snn.datasets.cifar10_dvs import CIFAR10DVS
from keras_snn.datasets.dvs128_gesture import DVS128Gesture
from keras_snn.datasets.event_digits import EventDigits
from keras_snn.datasets.images import IMAGE_SETS, class_names
from keras_snn.datasets.n_caltech101 import NCaltech101
from keras_snn.datasets.n_mnist import NMNIST
from keras_snn.datasets.spoken_words import SHD, SSC

# A set of recordings needs a row here and a file with its builder; `IMAGE_SETS` lists the images.
BUILDERS: dict[str, type[EventDatasetBuilder]] = {
    "event_digits": EventDigits,
    "dvs128_gesture": DVS128Gesture,
    "cifar10_dvs": CIFAR10DVS,
    "n_caltech101": NCaltech101,
    "n_mnist": NMNIST,
    "shd": SHD,
    "ssc": SSC,
}
NAMES = (*BUILDERS, *IMAGE_SETS)
FETCHING_FAILED = (
    tfds.download.DownloadError,
    tfds.download.download_manager.NonMatchingChecksumError,
)


@dataclasses.dataclass(frozen=True)
class DatasetInfo:
    """The facts about a data set that are known before anything is prepared.

    Args:
        input_shape: (time, height, width, polarities) or (time, units) of recordings, with the
            default number of time steps; (height, width, channels) of images.
        classes: Number of classes.
        class_names: Names of the classes, in the order of the labels.
        splits: Maps the name of each split to its number of samples.
        license: License of the recordings or images.
        source: Their origin.
        archives: Names of the files to fetch by hand; empty if there are none.
        archive_dir: Folder for these files; None if there are none.
    """

    input_shape: tuple[int, ...]
    classes: int
    class_names: tuple[str, ...]
    splits: dict[str, int]
    license: str
    source: str
    archives: tuple[str, ...] = ()
    archive_dir: Path | None = None


def info(name: str, data_dir: str | os.PathLike | None = None) -> DatasetInfo:
    """Returns the input shape, classes, splits and origin of a data set.

    Args:
        name: One of `NAMES`.
        data_dir: As in `load`; it determines `archive_dir`.

    Returns:
        `DatasetInfo`.

    Raises:
        ValueError: If the name is unknown.

    Example:
        >>> keras_snn.datasets.info("event_digits").input_shape
        (8, 34, 34, 2)
    """
    known = _images(name) if _name(name) in IMAGE_SETS else _recordings(name)
    if not known.archives:
        return known
    folder = _archive_dir(name, data_dir)
    return dataclasses.replace(known, archive_dir=folder)


def _name(name: str) -> str:
    return validation.choice("name", name, NAMES)


def _recordings(name: str) -> DatasetInfo:
    kind = BUILDERS[name]
    return DatasetInfo(
        input_shape=(kind.TIME_STEPS, *kind.SENSOR_SIZE),
        classes=len(kind.CLASS_NAMES),
        class_names=kind.CLASS_NAMES,
        splits=dict(kind.SIZES),
        license=kind.LICENSE,
        source=kind.SOURCE,
        archives=tuple(kind.ARCHIVES) if issubclass(kind, ArchiveDatasetBuilder) else (),
    )


def _images(name: str) -> DatasetInfo:
    row, names = IMAGE_SETS[name], class_names(name)
    return DatasetInfo(
        row.shape, len(names), names, row.sizes, row.license, row.source, row.archives
    )


@contextlib.contextmanager
def _same_random_numbers() -> Iterator[None]:
    """Restores the global random numbers, from which tensorflow-datasets draws names of folders."""
    states = random.getstate(), np.random.get_state()
    try:
        yield
    finally:
        random.setstate(states[0])
        np.random.set_state(states[1])


@_same_random_numbers()
def prepare(
    name: str,
    data_dir: str | os.PathLike | None = None,
    manual_dir: str | os.PathLike | None = None,
    **settings: Any,
) -> Any:
    """Writes a data set to disk, unless it is there already.

    A preparation that fails leaves nothing on disk. Files that a killed one leaves never load, and
    the next preparation of the same set of recordings removes them. Leftovers of images stay in
    folders named `incomplete.*`: their builders take no lock, so another process could still be
    writing there. What a program draws from `random` and NumPy later does not depend on whether
    the set was there already.

    Args:
        name: One of `NAMES`.
        data_dir: As in `load`.
        manual_dir: As in `load`.
        settings: Settings of the data set, as in `load`.

    Returns:
        The builder of tensorflow-datasets.

    Raises:
        ValueError: If a setting is out of range, or an archive is neither the published one nor one
            that `md5` accepts.
        FileNotFoundError: If an archive is absent. The message says where to get it.
        OSError: If tensorflow-datasets cannot fetch the images, or their checksum differs.
    """
    builder = _builder(name, data_dir, settings)
    folder = _manual_dir(builder) if manual_dir is None else Path(manual_dir)
    if builder.is_prepared():
        return builder
    if isinstance(builder, ArchiveDatasetBuilder):
        builder.find_archives(folder)
    elif name in IMAGE_SETS and IMAGE_SETS[name].archives:
        folder = _find_image_archives(name, folder)
    config = tfds.download.DownloadConfig(manual_dir=folder)
    try:
        builder.download_and_prepare(download_config=config)
    except FETCHING_FAILED as error:
        reason = " ".join(str(error).split("To debug")[0].split())
        raise OSError(f"{name} could not be fetched from {info(name).source}: {reason}") from error
    except OSError:
        # If two processes prepare at once, the slower one finds the directory of the other.
        builder = _builder(name, data_dir, settings)
        if not builder.is_prepared():
            raise
    return builder


def _builder(name: str, data_dir: Any, settings: dict[str, Any]) -> Any:
    if _name(name) in BUILDERS:
        return BUILDERS[name](data_dir=data_dir, **settings)
    for setting, value in settings.items():
        rule = f"be absent: {name} has no settings"
        validation.require(False, setting, rule, **{setting: value})
    return tfds.builder(name, data_dir=data_dir)


def _find_image_archives(name: str, folder: Path) -> Path:
    """Returns the folder with all archives of a set of images, or raises."""
    row = IMAGE_SETS[name]
    about = f"They come from {row.source} ({row.license})"
    return find_archives(dict.fromkeys(row.archives, ""), folder, name, about)[0].parent


def _archive_dir(name: str, data_dir: Any) -> Path:
    return _manual_dir(_builder(name, data_dir, {})) / name


def _manual_dir(builder: Any) -> Path:
    """Returns the folder in which tensorflow-datasets looks for archives fetched by hand."""
    return Path(builder.data_dir_root) / "downloads" / "manual"
