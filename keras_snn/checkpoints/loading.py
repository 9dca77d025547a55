"""Loads the authors' weights into a built layer or network."""

import re
from collections.abc import Callable, Mapping
from typing import Any

import keras
import numpy as np

from keras_snn.checkpoints import layout, names, reading
from keras_snn.layers import FSTA, SMA
from keras_snn.validation import require

FAMILIES = {SMA: names.SMA, FSTA: names.FSTA}
SHOWN = 5
"""The number of faults that an error lists."""

HAS_TIME = re.compile(r"(^|/)(time_kernel|time_branch/excite\d+/bias)$")
"""Matches weights whose first axis is time, in PyTorch's layout and in ours."""

Entries = Mapping[str, tuple[str | None, np.ndarray]]
"""Names in a source, with our path (None if it is unknown) and the array."""


def load_pytorch(target: Any, source: Any) -> Any:
    """Loads a PyTorch checkpoint of the papers' authors.

    Every key must match a weight and every weight a key; only then is anything assigned.

    Args:
        target: A network of `keras_snn.applications`, or a built `SMA` or `FSTA` layer.
        source: A mapping from PyTorch names to arrays, or the path of a `.pth` (read only by
            torch's safe loading), `.safetensors` or `.npz` file. Names may have the prefix
            `module.`; weights under `state_dict` or `model` are found.

    Returns:
        `target`.

    Raises:
        ValueError: If a key is missing, unexpected or of another shape, listing all of them, or if
            a file is broken or would run code. `target` then keeps its weights.
        ImportError: If reading the file needs torch or safetensors, and it is not installed.

    Example:
        >>> model = keras_snn.applications.SMAVGG8(input_shape=(10, 128, 128, 2))
        >>> keras_snn.checkpoints.load_pytorch(model, "cifar10_dvs.pth")
    """
    rule = "be a Keras model, an SMA or an FSTA layer"
    good = isinstance(target, (keras.Model, *FAMILIES))
    require(good, "target", rule, target=type(target).__name__)
    require(target.built, "target", "be built", built=False)
    arrays = reading.read(source)
    own = [family for layer, family in FAMILIES.items() if isinstance(target, layer)]
    family = own[0] if own else names.detect(arrays)
    assign(match(named_weights(target), *translate(arrays, family)))
    return target


def named_weights(target: Any) -> dict[str, Any]:
    """Returns the weights by their path in a layer, `scale0/conv/kernel`, or in a model.

    In a model a path begins with the name of the layer, or of the wrapper around it. Unlike Keras's
    paths of variables, these paths stay the same if a model is cloned or saved.
    """
    if not isinstance(target, keras.Model):
        paths = [v.path.rpartition(f"{target.name}/")[-1] for v in target.weights]
        return dict(zip(_renumbered(paths), target.weights, strict=True))
    return {
        f"{layer.name}/{path}": variable
        for layer in target.layers
        for path, variable in named_weights(_unwrapped(layer)).items()
    }


def _renumbered(paths: list[str]) -> list[str]:
    """Renumbers automatic names of layers inside a layer: dense_7, dense_8 -> dense, dense_1.

    Keras counts them over the whole process, so two copies of a layer have different ones.
    """
    seen: dict[str, list[str]] = {}

    def renumbered(path: str) -> str:
        *layers, weight = path.split("/")
        place = ""
        for layer in layers:
            base = place + re.sub(r"_\d+$", "", layer)
            names = seen.setdefault(base, [])
            if layer not in names:
                names.append(layer)
            number = names.index(layer)
            place = f"{base}_{number}/" if number else f"{base}/"
        return place + weight

    return [renumbered(path) for path in paths]


def _unwrapped(layer: Any) -> Any:
    return layer.layer if isinstance(layer, keras.layers.Wrapper) else layer


def translate(
    arrays: Mapping[str, np.ndarray], family: names.Family
) -> tuple[Entries, Callable[..., Any]]:
    """Translates every key to our path, or None; also returns the conversion to a shape."""

    def convert(array: np.ndarray, path: str, shape: Any) -> Any:
        return layout.convert(array, shape, family.grids.get(path))

    return {key: (names.translate(key, family), array) for key, array in arrays.items()}, convert


def match(
    weights: Mapping[str, Any],
    entries: Entries,
    convert: Callable[..., Any],
    argument: str = "source",
) -> list[tuple[Any, np.ndarray]]:
    """Pairs every weight with its value, or raises one error that lists all mismatches.

    Args:
        weights: Variables by our path.
        entries: Our path and the array by the name in the source.
        convert: A function (array, path, shape) -> the array in the layout of the weight, or None.
        argument: The name of the source in the user's call.
    """
    _require_time_steps(weights, entries, argument)
    values: dict[str, Any] = {}
    faults = []
    for key, (path, array) in entries.items():
        if path is None or path not in weights:
            faults.append(f"unexpected {key}")
            continue
        values[path] = convert(array, path, weights[path].shape)
        if values[path] is None:
            shape = tuple(weights[path].shape)
            faults.append(f"ill-shaped {key} {array.shape} for {path} {shape}")
    faults += [f"missing {path}" for path in weights if path not in values]
    if faults:
        raise ValueError(
            f"`{argument}` must hold the target's weights, no more and no less; "
            f"{names.known()}. Received: {_shortened(faults)}"
        )
    return [(weights[path], value) for path, value in values.items()]


def _shortened(faults: list[str]) -> str:
    more = len(faults) - SHOWN
    return "; ".join(faults[:SHOWN]) + (f"; and {more} more" if more > 0 else "")


def _require_time_steps(weights: Mapping[str, Any], entries: Entries, argument: str) -> None:
    """Raises an error for another number of time steps: one cause of many mismatches."""
    for path, array in entries.values():
        if path is not None and path in weights and HAS_TIME.search(path) and array.ndim:
            ours, theirs = weights[path].shape[0], array.shape[0]
            rule = f"have the {ours} time steps of the network; build it with time_steps={theirs}"
            require(ours == theirs, argument, rule, time_steps=theirs)


def assign(pairs: list[tuple[Any, np.ndarray]]) -> None:
    """Assigns every value to its variable."""
    for variable, value in pairs:
        variable.assign(value)
