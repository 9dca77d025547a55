"""Training with less memory: activations computed anew, and sequences learned window by window."""

import importlib
from typing import Any

from keras_snn.training.rematerialization import Rematerialized, rematerialize

__all__ = ["Rematerialized", "TruncatedBPTT", "rematerialize"]


def __getattr__(name: str) -> Any:
    if name == "TruncatedBPTT":  # needs TensorFlow
        return importlib.import_module("keras_snn.training.truncation").TruncatedBPTT
    raise AttributeError(f"module 'keras_snn.training' has no attribute {name!r}")
