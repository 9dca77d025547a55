"""DVS128 Gesture: hand and arm gestures of 29 people, recorded by an event camera."""

import tarfile
from functools import partial
from pathlib import Path
from typing import ClassVar

import numpy as np

from keras_snn.datasets.archive_builder import ArchiveDatasetBuilder, Sample
from keras_snn.datasets.builders import tfds
from keras_snn.datasets.readers.aedat3 import read_aedat3

FOLDER = "DvsGesture"
TRIALS = {"train": "trials_to_train.txt", "test": "trials_to_test.txt"}


class DVS128Gesture(ArchiveDatasetBuilder):
    """DVS128 Gesture: 1,464 gestures of 11 classes, recorded by a DVS128 camera of 128x128 pixels.

    A recording has a table with a row `class, start, end` for each gesture. A sample contains the
    events with start <= t < end. The published training data are divided into 1,058 training and
    118 validation samples; the test has 288. Mirroring exchanges classes of the left hand and the
    right hand. One published row is known to be wrong and kept, as in the papers: in `user22_led`,
    class 9 ends after the next gesture starts.

    Source: Amir et al., A Low Power, Fully Event-Based Gesture Recognition System, 2017.
    """

    name = "dvs128_gesture"
    VERSION = tfds.core.Version("1.0.0")
    SENSOR_SIZE = (128, 128, 2)
    CLASS_NAMES = (
        "hand_clapping",
        "right_hand_wave",
        "left_hand_wave",
        "right_arm_clockwise",
        "right_arm_counter_clockwise",
        "left_arm_clockwise",
        "left_arm_counter_clockwise",
        "arm_roll",
        "air_drums",
        "air_guitar",
        "other_gestures",
    )
    TIME_STEPS = 16
    PUBLISHED: ClassVar = {"train": 1_176, "test": 288}
    SOURCE = "https://research.ibm.com/interactive/dvsgesture"
    LICENSE = "CC BY 4.0"
    ARCHIVES: ClassVar = {"DvsGesture.tar.gz": "8a5c71fb11e24e5ca5b11866ca6c00a1"}

    def samples(self, archives: list[Path]) -> dict[str, list[Sample]]:
        """Unpacks the archive and cuts its recordings into samples."""
        with tarfile.open(archives[0]) as archive:
            archive.extractall(self.unpacked, filter="data")
        folder = self.unpacked / FOLDER
        return {
            split: [
                sample
                for name in (folder / trials).read_text().split()
                for sample in _cut(folder / name)
            ]
            for split, trials in TRIALS.items()
        }


def _cut(path: Path) -> list[Sample]:
    """Replaces a recording by one file per sample."""
    events, _ = read_aedat3(path)
    table = path.with_name(f"{path.stem}_labels.csv")
    rows = np.loadtxt(table, "int64", delimiter=",", skiprows=1, ndmin=2)
    samples = []
    for place, (label, start, end) in enumerate(rows):
        target = path.with_name(f"{path.stem}_{place}.npy")
        np.save(target, events[(events["t"] >= start) & (events["t"] < end)])
        samples.append(Sample(int(label) - 1, partial(np.load, target)))
    path.unlink()
    return samples
