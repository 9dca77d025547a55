"""N-Caltech101: images of Caltech-101 on a screen, recorded by an event camera that moves."""

from pathlib import Path
from typing import Any, ClassVar

from keras_snn.datasets.archive_builder import (
    ArchiveDatasetBuilder,
    Sample,
    divided,
    samples_of,
)
from keras_snn.datasets.archives import zip_entries
from keras_snn.datasets.builders import tfds
from keras_snn.datasets.readers.atis import read_atis

HEIGHT, WIDTH = 180, 240
NAMES = """
BACKGROUND_Google Faces_easy Leopards Motorbikes accordion airplanes anchor ant barrel bass beaver
binocular bonsai brain brontosaurus buddha butterfly camera cannon car_side ceiling_fan cellphone
chair chandelier cougar_body cougar_face crab crayfish crocodile crocodile_head cup dalmatian
dollar_bill dolphin dragonfly electric_guitar elephant emu euphonium ewer ferry flamingo
flamingo_head garfield gerenuk gramophone grand_piano hawksbill headphone hedgehog helicopter ibis
inline_skate joshua_tree kangaroo ketch lamp laptop llama lobster lotus mandolin mayfly menorah
metronome minaret nautilus octopus okapi pagoda panda pigeon pizza platypus pyramid revolver rhino
rooster saxophone schooner scissors scorpion sea_horse snoopy soccer_ball stapler starfish
stegosaurus stop_sign strawberry sunflower tick trilobite umbrella watch water_lilly wheelchair
wild_cat windsor_chair wrench yin_yang
"""  # in ASCII order, in which capitals come first


class NCaltech101(ArchiveDatasetBuilder):
    """N-Caltech101: 8,709 recordings of 101 classes by an ATIS camera.

    There is no official division. Here a tenth with the same mix of classes is the test, with 871
    samples; 7,054 are for training and 784 for validation. Coordinates are as published; frames
    have (height, width) = (180, 240).

    Source: Orchard et al., Converting Static Image Datasets to Spiking Neuromorphic Datasets Using
    Saccades, 2015.
    """

    name = "n_caltech101"
    VERSION = tfds.core.Version("1.0.0")
    SENSOR_SIZE = (HEIGHT, WIDTH, 2)
    CLASS_NAMES = tuple(NAMES.split())
    TIME_STEPS = 14
    PUBLISHED: ClassVar = {"train": 7_838, "test": 871}
    SOURCE = "https://www.garrickorchard.com/datasets/n-caltech101"
    LICENSE = "CC BY 4.0"
    ARCHIVES: ClassVar = {"Caltech101.zip": "66201824eabb0239c7ab992480b50ba3"}

    def samples(self, archives: list[Path]) -> dict[str, list[Sample]]:
        """Lists and divides the recordings; each lies in a folder named after its class."""
        entries = zip_entries(archives[0], ".bin")
        return divided(entries, samples_of(entries, self.CLASS_NAMES, _read), "stratified")


def _read(entry: Any) -> Any:
    return read_atis(entry, (HEIGHT, WIDTH))[0]
