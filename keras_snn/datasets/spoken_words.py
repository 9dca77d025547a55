"""Defines SHD and SSC, spoken words as spikes of an artificial cochlea with 700 units."""

import abc
import zipfile
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from keras_snn import validation
from keras_snn.datasets.archive_builder import ArchiveDatasetBuilder, Sample
from keras_snn.datasets.builders import tfds
from keras_snn.datasets.readers.damage import DamagedFileError
from keras_snn.datasets.readers.hdf5 import UNITS, read_spikes
from keras_snn.extras import import_extra

DIGITS = """
zero one two three four five six seven eight nine
null eins zwei drei vier fuenf sechs sieben acht neun
"""
COMMANDS = """
backward bed bird cat dog down eight five follow forward four go happy house learn left marvin nine
no off on one right seven sheila six stop three tree two up visual wow yes zero
"""


class SpokenWords(ArchiveDatasetBuilder):
    """Base of the sets of spikes in HDF5 files; every archive holds one file with one split."""

    VERSION = tfds.core.Version("1.0.0")
    SENSOR_SIZE = (UNITS,)
    TIME_STEPS = 100
    SLICE_BY = "time"
    SOURCE = "https://zenkelab.org/datasets"
    LICENSE = "CC BY 4.0"
    PARTS: ClassVar[tuple[str, ...]]  # splits in the order of the archives

    def samples(self, archives: list[Path]) -> dict[str, list[Sample]]:
        """Unpacks the files and lists their rows."""
        parts = {}
        for part, archive in zip(self.PARTS, archives, strict=True):
            with zipfile.ZipFile(archive) as unpacking:
                path = Path(unpacking.extract(archive.stem, self.unpacked))
            parts[part] = _Spikes(path, self.CLASS_NAMES)
        return self.divide(parts)

    @abc.abstractmethod
    def divide(self, parts: dict[str, "_Spikes"]) -> dict[str, list[Sample]]:
        """Returns the samples of each split.

        Args:
            parts: Maps the names in `PARTS` to the files.
        """


class SHD(SpokenWords):
    """Spiking Heidelberg Digits: 10,420 spoken digits in English and German, as spikes.

    There are no official validation data. Here they are all samples of the last speaker in the
    published training data, so that the network is validated on a voice it was not trained on.
    `"train+validation"` has the 8,156 published training samples, and `"test"` has 2,264.

    Source: Cramer et al., The Heidelberg Spiking Data Sets, arXiv 1910.07407.
    """

    name = "shd"
    CLASS_NAMES = tuple(DIGITS.split())
    PUBLISHED: ClassVar = {"train": 8_156, "test": 2_264}
    SIZES: ClassVar = {"train+validation": 8_156, "test": 2_264}
    PARTS = ("train", "test")
    ARCHIVES: ClassVar = {
        "shd_train.h5.zip": "f3252aeb598ac776c1b526422d90eecb",
        "shd_test.h5.zip": "1503a5064faa34311c398fb0a1ed0a6f",
    }

    def divide(self, parts: dict[str, "_Spikes"]) -> dict[str, list[Sample]]:
        """Holds out the last speaker of the training data."""
        speakers, train = parts["train"].speakers, parts["train"].samples()
        held_out = speakers == speakers.max()
        return {
            "train": [train[row] for row in np.flatnonzero(~held_out)],
            "validation": [train[row] for row in np.flatnonzero(held_out)],
            "test": parts["test"].samples(),
        }


class SSC(SpokenWords):
    """Spiking Speech Commands: 105,829 recordings of 35 spoken words, as spikes.

    The splits are the published ones, with 75,466 training, 9,981 validation and 20,382 test
    samples. Labels follow the alphabetical order of the words.

    Source: Cramer et al., The Heidelberg Spiking Data Sets, arXiv 1910.07407.
    """

    name = "ssc"
    CLASS_NAMES = tuple(COMMANDS.split())
    PUBLISHED: ClassVar = {"train": 75_466, "test": 20_382}
    SIZES: ClassVar = {"train": 75_466, "validation": 9_981, "test": 20_382}
    PARTS = ("train", "validation", "test")
    ARCHIVES: ClassVar = {
        "ssc_train.h5.zip": "d102be95e7144fcc0553d1f45ba94170",
        "ssc_valid.h5.zip": "b4eee3516a4a90dd0c71a6ac23a8ae43",
        "ssc_test.h5.zip": "a35ff1e9cffdd02a20eb850c17c37748",
    }

    def divide(self, parts: dict[str, "_Spikes"]) -> dict[str, list[Sample]]:
        """Returns the published splits."""
        return {part: spikes.samples() for part, spikes in parts.items()}


class _Spikes:
    """The recordings of a file, one per row, with labels as indices into `class_names`."""

    def __init__(self, path: Path, class_names: tuple[str, ...]) -> None:
        h5py: Any = import_extra("h5py", "data")
        try:
            self.file = h5py.File(path)
            words = [_spell(word) for word in self.file["extra/keys"][()]]
            labels = self.file["labels"][()]
            self.speakers = self.file["extra/speaker"][()]
        except (OSError, KeyError) as error:
            expected = "an HDF5 file with labels, extra/keys and extra/speaker"
            raise DamagedFileError(path, 0, expected, str(error)) from error
        known = set(words) == set(class_names)
        rule = f"have the words {', '.join(class_names)}"
        validation.require(known, "archive", rule, archive=path.name, words=words)
        self.labels = [class_names.index(words[label]) for label in labels]

    def samples(self) -> list[Sample]:
        return [Sample(label, partial(self._read, row)) for row, label in enumerate(self.labels)]

    def _read(self, row: int) -> np.ndarray:
        return read_spikes(self.file, row)[0]


def _spell(word: bytes | str) -> str:
    """Returns a word of the file in the spelling of our class names."""
    text = word.decode() if isinstance(word, bytes) else word
    return text.lower().replace("ü", "ue")
