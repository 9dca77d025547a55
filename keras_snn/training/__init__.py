"""Training that starts from firing neurons, saves memory, or learns window by window."""

from typing import Any

import keras

from keras_snn.training.backup import Backup
from keras_snn.training.calibration import calibrate
from keras_snn.training.rematerialization import Rematerialized, rematerialize
from keras_snn.training.statistics import refresh_statistics

if keras.backend.backend() == "tensorflow":  # at once, so that saved trainers are known
    from keras_snn.training.truncation import TruncatedBPTT

__all__ = [
    "Backup",
    "Rematerialized",
    "TruncatedBPTT",
    "calibrate",
    "refresh_statistics",
    "rematerialize",
]


def __getattr__(name: str) -> Any:
    if name == "TruncatedBPTT":
        backend = keras.backend.backend()
        raise ImportError(f"`TruncatedBPTT` needs the TensorFlow backend. Received: {backend=}")
    raise AttributeError(f"module 'keras_snn.training' has no attribute {name!r}")
