"""Switches the fast forms of keras_snn off in this process, for a comparison."""

import importlib
from collections.abc import Callable
from typing import Any

TENSORFLOW = "keras_snn.backends.tensorflow"
COST = "keras_snn.backends.fourier_convolution.cost"


def _plain_neurons() -> Any:
    return importlib.import_module("keras_snn.functional.recurrence")


def _plain_normalization() -> Any:
    return importlib.import_module("keras_snn.backends.generic").batch_norm


def _filter_by_convolutions() -> Any:
    from keras import ops

    from keras_snn.functional import dct
    from keras_snn.functional.convolution import convolve

    def filter_and_mix(x: Any, size: int, indices: Any, kernel: Any) -> Any:
        bank = ops.cast(dct.filters(size, indices), x.dtype)
        return convolve(convolve(x, bank), ops.convert_to_tensor(kernel))

    return filter_and_mix


FORMS: dict[str, tuple[str, str, Callable[[], Any]]] = {
    "spectral convolution": (COST, "_for_spectra", lambda: lambda *arguments: ()),
    "convolution by rows": (COST, "_is_for_rows", lambda: lambda *arguments: False),
    "compiled neurons": (
        f"{TENSORFLOW}.recurrence",
        "_is_compiled",
        lambda: lambda *arguments: False,
    ),
    "neurons traced once": (f"{TENSORFLOW}.recurrence", "traced", _plain_neurons),
    "fused normalization": ("keras_snn.backends", "batch_norm", _plain_normalization),
    "FSTA's filters as matrices": (
        "keras_snn.functional.filtering",
        "filter_and_mix",
        _filter_by_convolutions,
    ),
}
"""The module of each form, its name there, and a function that returns the plain form."""


def switch_off(form: str) -> None:
    """Replaces a fast form by the plain one, for the rest of this process."""
    module, name, plain = FORMS[form]
    getattr(importlib.import_module(module), name)  # an error where the name has changed
    setattr(importlib.import_module(module), name, plain())
