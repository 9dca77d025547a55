"""Writing a file: a draft is run once, and only then stands where it was asked for."""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import keras
import numpy as np

from keras_snn.export.replacing import put_back, replace
from keras_snn.export.samples import (
    arranged,
    firing_sample,
    input_structure,
    warn_of_weak_evidence,
)
from keras_snn.export.stateless_stream import StatelessStream
from keras_snn.export.verification import as_list, predict, require_agreement
from keras_snn.layers.neuron import Neuron
from keras_snn.validation import require

STATELESS = "keep no state between calls; `export_stream` writes networks that do"


def write(
    model: keras.Model,
    path: Any,
    sample: Any,
    convert: Callable[[Path], None],
    run: Callable[[Path, Any], Any],
    suffix: str = "",
) -> Path:
    """Writes a model and returns the path, once the file has run to the model's outputs.

    Args:
        model: A built Keras model that keeps no state.
        path: Where the file will stand.
        sample: Inputs to run once, or None for random ones.
            Where they make no neuron of some layer fire, or outputs do not vary, a warning says so.
        convert: Writes the model to the path that it is given.
        run: (path, inputs) -> what the file computes.
        suffix: The ending that `path` must have, or the empty string for a folder.
    """
    target = checked_target(model, path, suffix)
    require(not _keeps_state(model), "model", STATELESS, model=model.name)
    x = firing_sample(model) if sample is None else arranged(model, sample)
    wanted = predict(model, x)  # first: ONNX asks for a model that was called
    with draft_path(target) as path_of_draft:
        convert(path_of_draft)
        require_agreement(model, x, wanted, _computed(run, path_of_draft, x), target)
    warn_of_weak_evidence(model, x, wanted, target)
    return target


def _computed(run: Callable[[Path, Any], Any], path: Path, x: Any) -> list[np.ndarray]:
    """Outputs of the written file."""
    try:
        return as_list(run(path, x))
    except Exception as error:  # whatever makes the format's runtime refuse it, in one sentence
        if getattr(error, "errno", None):  # the system's, as a full disk, is no fault of the model
            raise
        reason = " ".join(f"{type(error).__name__}: {error}".split())[:300]
        raise ValueError(
            "`model` must run from the written file, which is damaged or has operations that its "
            f"format does not run; nothing was written. Received: path={path.name!r} ({reason})"
        ) from None


DRAFT = ".draft_"
"""Start of a draft's folder; the number of its process follows."""


def _remove_left_drafts(folder: Path) -> None:
    """Removes the drafts of exports whose process was killed, and completes their moves."""
    for left in folder.glob(f"{DRAFT}*_*"):
        number = left.name.removeprefix(DRAFT).partition("_")[0]
        if number.isdecimal() and not _is_running(int(number)):
            put_back(left, folder)
            shutil.rmtree(left, ignore_errors=True)


def _is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # another user's
        return True
    return True


@contextlib.contextmanager
def draft_path(target: Path) -> Iterator[Path]:
    """A path beside the target; what was written there replaces the target unless it raises.

    The old target stays until the new one stands in its place.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    _remove_left_drafts(target.parent)
    prefix = f"{DRAFT}{os.getpid()}_"
    with tempfile.TemporaryDirectory(prefix=prefix, dir=target.parent) as folder:
        path = Path(folder) / target.name
        yield path
        replace(path, target)


def checked_target(model: Any, path: Any, suffix: str) -> Path:
    """The path, where model and path are such that something can be written."""
    good = isinstance(model, keras.Model)
    require(good, "model", "be a Keras model", model=type(model).__name__)
    require(model.built, "model", "be built", built=False)
    good = isinstance(path, (str, os.PathLike)) and Path(path).name.endswith(suffix)
    require(good, "path", f"be a path that ends in {suffix}" if suffix else "be a path", path=path)
    target = Path(path)
    if not suffix and target.exists():
        ours = target.is_dir() and (
            (target / "saved_model.pb").exists() or not any(target.iterdir())
        )
        require(ours, "path", "be new, empty or a SavedModel", path=str(path))
    return target


def require_fixed_time(model: keras.Model) -> None:
    """Raises for neurons or RNNs over a free number of time steps, which need a loop."""
    kinds = (Neuron, keras.layers.RNN)
    loops = any(isinstance(layer, kinds) for layer in model._flatten_layers())
    shapes = [tuple(x.shape) for x in keras.tree.flatten(input_structure(model))]
    free = loops and any(len(shape) > 1 and shape[1] is None for shape in shapes)
    rule = "have a fixed number of time steps in this format; build it anew for that number"
    require(not free, "model", rule, model=model.name, inputs=shapes)


def _keeps_state(layer: Any) -> bool:
    if isinstance(layer, StatelessStream):
        return False
    inner = layer._flatten_layers(include_self=False, recursive=False)
    return getattr(layer, "stateful", False) or any(map(_keeps_state, inner))
