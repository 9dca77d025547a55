"""CIFAR10-DVS: images of CIFAR-10 that move on a screen, recorded by an event camera."""

import dataclasses
from pathlib import Path
from typing import Any, ClassVar

from keras_snn import validation
from keras_snn.datasets.archive_builder import (
    ArchiveDatasetBuilder,
    ArchiveSettings,
    Sample,
    divided,
    samples_of,
)
from keras_snn.datasets.archives import zip_entries
from keras_snn.datasets.builders import tfds
from keras_snn.datasets.readers.aedat2 import read_aedat2
from keras_snn.datasets.split_rules import SPLIT_RULES


@dataclasses.dataclass(frozen=True)
class CIFAR10DVSSettings(ArchiveSettings):
    """The settings of CIFAR10-DVS.

    Args:
        md5: As in `ArchiveSettings`.
        split_rule: Rule for the test data, because there is no official division: `"stratified"` (a
            random tenth with a fixed seed), `"fsta"` (the last tenth of each class in string order
            of the file names) or `"tebn"` (the tenth of each class with the lowest numbers).
            Results depend on the rule.

    Raises:
        ValueError: If a setting is unknown or out of range.
    """

    split_rule: str = "stratified"

    def __post_init__(self) -> None:
        super().__post_init__()
        validation.choice("split_rule", self.split_rule, SPLIT_RULES)


class CIFAR10DVS(ArchiveDatasetBuilder):
    """CIFAR10-DVS: 10,000 recordings of moving images by a DVS128 camera of 128x128 pixels.

    `split_rule` selects 1,000 samples for the test; 8,100 are for training and 900 for validation.

    Source: Li et al., CIFAR10-DVS: An Event-Stream Dataset for Object Classification, 2017.
    """

    name = "cifar10_dvs"
    VERSION = tfds.core.Version("1.0.0")
    SETTINGS = CIFAR10DVSSettings
    SENSOR_SIZE = (128, 128, 2)
    CLASS_NAMES = (
        "airplane",
        "automobile",
        "bird",
        "cat",
        "deer",
        "dog",
        "frog",
        "horse",
        "ship",
        "truck",
    )
    TIME_STEPS = 10
    PUBLISHED: ClassVar = {"train": 9_000, "test": 1_000}
    SOURCE = "https://figshare.com/articles/dataset/CIFAR10-DVS_New/4724671"
    LICENSE = "CC BY 4.0"
    ARCHIVES: ClassVar = {  # beginnings of the MD5 digests
        "airplane.zip": "0afd5c4b",
        "automobile.zip": "8438dfeb",
        "bird.zip": "a9c207c9",
        "cat.zip": "52c63c67",
        "deer.zip": "b6bf21f6",
        "dog.zip": "f379ebdf",
        "frog.zip": "cad6ed91",
        "horse.zip": "e7cbbf77",
        "ship.zip": "41c7bd7d",
        "truck.zip": "89f3922f",
    }

    def samples(self, archives: list[Path]) -> dict[str, list[Sample]]:
        """Lists and divides the recordings; each lies in a folder named after its class."""
        entries = [entry for path in archives for entry in zip_entries(path, ".aedat")]
        samples = samples_of(entries, self.CLASS_NAMES, _read)
        return divided(entries, samples, self.builder_config.settings.split_rule)


def _read(entry: Any) -> Any:
    return read_aedat2(entry)[0]
