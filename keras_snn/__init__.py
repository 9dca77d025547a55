"""Spiking neural networks in Keras: LIF neurons, SMA, AZO and FSTA attention, prebuilt networks."""

import importlib
from types import ModuleType
from typing import Any

from keras_snn import (
    analysis,
    applications,
    callbacks,
    checkpoints,
    conversion,
    distribution,
    layers,
    losses,
    metrics,
    regularizers,
    surrogates,
    training,
    visualization,
)
from keras_snn.layers import reset_states
from keras_snn.version import __version__

__all__ = [
    "__version__",
    "analysis",
    "applications",
    "callbacks",
    "checkpoints",
    "conversion",
    "datasets",
    "distribution",
    "export",
    "layers",
    "losses",
    "metrics",
    "regularizers",
    "reporting",
    "reset_states",
    "surrogates",
    "training",
    "utils",
    "visualization",
]


LATE = {"datasets", "export", "reporting", "utils"}
"""Modules that are imported only when they are used: they need an extra or TensorFlow."""


def __getattr__(name: str) -> Any:
    if name in LATE:
        return _import_late(name)
    raise AttributeError(f"module 'keras_snn' has no attribute {name!r}")


def _import_late(name: str) -> ModuleType:
    try:
        return importlib.import_module(f"keras_snn.{name}")
    except ModuleNotFoundError as error:
        if error.name != "tensorflow":
            raise
        raise ImportError(
            f"`keras_snn.{name}` needs TensorFlow, on every backend. "
            "Install it with: pip install tensorflow"
        ) from error
