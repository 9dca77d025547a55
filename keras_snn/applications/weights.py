"""Loads the `weights` of a builder from our own files or the authors'."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np

from keras_snn.applications.plan import Plan
from keras_snn.checkpoints import loading, names, reading


def load(model: keras.Model, plan: Plan, build: Callable[[Plan], keras.Model]) -> None:
    """Loads the file of the plan into its model.

    If the plan has no top, or another number of classes than the file, the layers that differ keep
    their initial weights. Everything else must fit.
    """
    path = plan.weights
    assert path is not None
    entries, convert = _read(path, plan, build)
    left = _left(entries, plan)
    weights = {
        place: variable
        for place, variable in loading.named_weights(model).items()
        if place.split("/")[0] not in left
    }
    kept = {
        key: entry
        for key, entry in entries.items()
        if entry[0] is None or entry[0].split("/")[0] not in left
    }
    loading.assign(loading.match(weights, kept, convert, argument="weights"))


def _left(entries: loading.Entries, plan: Plan) -> tuple[str, ...]:
    """Returns the names of the layers that are not loaded."""
    if not plan.include_top:
        return plan.row.head_layers
    biases = [array for path, array in entries.values() if path == "predictions/bias"]
    other_classes = biases and biases[0].shape != (plan.classes,)
    return ("predictions",) if other_classes else ()


def _read(
    path: Path, plan: Plan, build: Callable[[Plan], keras.Model]
) -> tuple[loading.Entries, Callable[..., Any]]:
    """Returns the entries of a file, and a function that fits an array to the shape of a weight."""
    if path.suffix in reading.READERS:
        arrays = reading.read(path)
        return loading.translate(arrays, names.detect(arrays))
    try:
        stored = _stored_model(path, plan, build)
    except Exception as error:  # a broken file can make its reader raise anything
        reason = (str(error).strip().splitlines() or [""])[0]
        raise ValueError(
            "`weights` must be a whole file of this network's weights. "
            f"Received: weights={str(path)!r} ({type(error).__name__}: {reason})"
        ) from None
    weights = loading.named_weights(stored).items()
    return {place: (place, keras.ops.convert_to_numpy(v)) for place, v in weights}, _as_it_is


def _as_it_is(array: np.ndarray, path: str, shape: Any) -> np.ndarray | None:
    return array if array.shape == tuple(shape) else None


def _stored_model(path: Path, plan: Plan, build: Callable[[Plan], keras.Model]) -> keras.Model:
    """Returns the model of a `.keras` file, or the plan's model with the top that the file has."""
    if path.suffix == ".keras":
        return keras.saving.load_model(path, compile=False)
    layers, classes = _stored_layers(path)
    twin = replace(
        plan,
        weights=None,
        input_tensor=None,
        include_top=classes is not None,
        classes=classes or plan.classes,
    )
    model = build(twin)
    # Keras stores layers by class and number, and ignores those that the model does not have.
    other = layers ^ {layer.name for layer in model.layers[1:]}  # the first is the input
    if other:
        raise ValueError(f"layers that only one of file and network has: {sorted(other)}")
    model.load_weights(path)
    return model


def _stored_layers(path: Path) -> tuple[set[str], int | None]:
    """Returns the names of the layers in a `.weights.h5` file, and its number of classes."""
    with h5py.File(path) as file:
        groups = {
            group["vars"].attrs["name"]: group["vars"]
            for key, group in file["layers"].items()
            if not key.startswith("input_layer")
        }
        bias = groups["predictions"]["1"].shape if "predictions" in groups else None
        return set(groups), bias[0] if bias else None
