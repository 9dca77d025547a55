"""N-MNIST: MNIST's digits on a screen, recorded by an event camera that makes three saccades."""

from pathlib import Path
from typing import Any, ClassVar

from keras_snn.datasets.archive_builder import ArchiveDatasetBuilder, Sample, samples_of
from keras_snn.datasets.archives import zip_entries
from keras_snn.datasets.builders import tfds
from keras_snn.datasets.readers.atis import read_atis

SENSOR = 34  # pixels per side


class NMNIST(ArchiveDatasetBuilder):
    """N-MNIST: 70,000 recordings of handwritten digits by an ATIS camera of 34x34 pixels.

    The published training data are divided into 54,000 training and 6,000 validation samples; the
    test has 10,000. A recording lasts about 300 ms.

    Source: Orchard et al., Converting Static Image Datasets to Spiking Neuromorphic Datasets Using
    Saccades, 2015.
    """

    name = "n_mnist"
    VERSION = tfds.core.Version("1.0.0")
    SENSOR_SIZE = (SENSOR, SENSOR, 2)
    CLASS_NAMES = tuple("0123456789")
    TIME_STEPS = 8
    PUBLISHED: ClassVar = {"train": 60_000, "test": 10_000}
    SOURCE = "https://www.garrickorchard.com/datasets/n-mnist"
    LICENSE = "CC BY-SA 4.0"
    ARCHIVES: ClassVar = {
        "Train.zip": "20959b8e626244a1b502305a9e6e2031",
        "Test.zip": "69ca8762b2fe404d9b9bad1103e97832",
    }

    def samples(self, archives: list[Path]) -> dict[str, list[Sample]]:
        """Lists the recordings; each lies in a folder named after its digit."""
        return {
            split: samples_of(zip_entries(path, ".bin"), self.CLASS_NAMES, _read)
            for split, path in zip(("train", "test"), archives, strict=True)
        }


def _read(entry: Any) -> Any:
    return read_atis(entry, (SENSOR, SENSOR))[0]
