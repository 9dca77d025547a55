"""Event data and images as `tf.data`, prepared and stored by tensorflow-datasets.

Importing this package registers its builders: `tfds.load("event_digits")` returns raw events, and
`load("event_digits", "train")` returns frames. It needs `pip install "keras-snn[data]"`.
"""

from keras_snn.datasets.archive_builder import ArchiveSettings
from keras_snn.datasets.autoaugment import auto_augment
from keras_snn.datasets.catalog import BUILDERS, NAMES, DatasetInfo, info, prepare
from keras_snn.datasets.cifar10_dvs import CIFAR10DVS, CIFAR10DVSSettings
from keras_snn.datasets.directory import event_dataset_from_directory
from keras_snn.datasets.dvs128_gesture import DVS128Gesture
from keras_snn.datasets.event_digits import EventDigits, EventDigitsSettings
from keras_snn.datasets.events import make_recording
from keras_snn.datasets.framing import to_frames
from keras_snn.datasets.labels import label_order
from keras_snn.datasets.loading import load
from keras_snn.datasets.n_caltech101 import NCaltech101
from keras_snn.datasets.n_mnist import NMNIST
from keras_snn.datasets.readers import DamagedFileError, read_events
from keras_snn.datasets.recordings import check_windows, cut_windows
from keras_snn.datasets.spoken_words import SHD, SSC

__all__ = [
    "BUILDERS",
    "CIFAR10DVS",
    "NAMES",
    "NMNIST",
    "SHD",
    "SSC",
    "ArchiveSettings",
    "CIFAR10DVSSettings",
    "DVS128Gesture",
    "DamagedFileError",
    "DatasetInfo",
    "EventDigits",
    "EventDigitsSettings",
    "NCaltech101",
    "auto_augment",
    "check_windows",
    "cut_windows",
    "event_dataset_from_directory",
    "info",
    "label_order",
    "load",
    "make_recording",
    "prepare",
    "read_events",
    "to_frames",
]
