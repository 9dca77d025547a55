"""Inputs on which a written file is compared with its model, and what they can show."""

import contextlib
import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import keras
import ml_dtypes
import numpy as np
from keras.src.export.export_utils import get_input_signature

from keras_snn.analysis import firing_rates, spiking_layers
from keras_snn.export.verification import difference, predict, tolerance_of
from keras_snn.graphs.calls import graph_of
from keras_snn.validation import require

GAINS = (1.0, 4.0, 16.0, 64.0)
"""Factors of random inputs, tried in turn until neurons of every layer fire."""


def input_structure(model: keras.Model) -> Any:
    """What a model takes: symbolic tensors or specs in a list, a dictionary or alone."""
    graph = graph_of(model)
    if graph is not None:
        return graph.input
    require(model._called, "model", "have been called once, with its inputs", model=model.name)
    structures = get_input_signature(model)
    rule = "take all inputs as its first argument, as a list or a dictionary"
    require(len(structures) == 1, "model", rule, model=model.name, arguments=len(structures))
    return structures[0]


def fixed_signature(model: keras.Model) -> Any:
    """The signature of a model of a fixed batch size, None where it is free.

    By default Keras makes the batch size of a file free, also where the model's is not.
    """
    structure = input_structure(model)
    if any(x.shape[0] is None for x in keras.tree.flatten(structure)):
        return None
    return [keras.tree.map_structure(_spec, structure)]


def _spec(x: Any) -> keras.InputSpec:
    return keras.InputSpec(shape=tuple(x.shape), dtype=x.dtype, name=x.name)


def input_names(model: keras.Model) -> list[str]:
    """Names of the flat inputs; empty strings where they have none."""
    return [x.name or "" for x in keras.tree.flatten(input_structure(model))]


def arranged(model: keras.Model, sample: Any) -> Any:
    """The sample as the model takes it; a dictionary of names does for lists and single inputs."""
    structure, names = input_structure(model), input_names(model)
    if isinstance(sample, dict) and not isinstance(structure, dict):
        rule = "have the names of the inputs for its keys"
        require(set(sample) == set(names), "sample", rule, keys=[*sample], inputs=names)
        sample = [sample[name] for name in names]
    arrays = [np.asarray(x) for x in keras.tree.flatten(sample)]
    keys = [*structure] if isinstance(structure, dict) else None
    good = keys is None or (isinstance(sample, dict) and set(sample) == set(keys))
    good = good and len(arrays) == len(names)
    rule = "have one array for each input, in a dictionary where the model takes one"
    require(good, "sample", rule, arrays=len(arrays), inputs=keys or names)
    return keras.tree.pack_sequence_as(structure, arrays)


def by_name(model: keras.Model, x: Any, available: Iterable[str]) -> dict[str, np.ndarray]:
    """Inputs by the names that they have in a file, which are those of the model or in its order.

    Args:
        model: The model.
        x: Its inputs.
        available: The file's names, in the order of the inputs where they are other names.
    """
    names, available = input_names(model), list(available)
    order = names if set(names) == set(available) else available
    return dict(zip(order, keras.tree.flatten(x), strict=True))


def random_sample(model: keras.Model, gain: float = 1.0) -> Any:
    """Inputs of a model, two samples where the batch size is free; free axes have the size 4."""
    rng = np.random.default_rng(0)
    return keras.tree.map_structure(lambda x: _random(rng, x, gain), input_structure(model))


def _random(rng: np.random.Generator, tensor: Any, gain: float) -> np.ndarray:
    batch, *sizes = tensor.shape
    shape = (batch or 2, *(size or 4 for size in sizes))
    dtype = keras.backend.standardize_dtype(tensor.dtype)
    if "int" in dtype:
        return rng.integers(0, 4, shape).astype(dtype)
    wide = gain * rng.normal(0.5, 1.0, shape)
    return wide.astype(ml_dtypes.bfloat16 if dtype == "bfloat16" else dtype)


def firing_sample(model: keras.Model) -> Any:
    """Random inputs under which as many layers fire as under any of `GAINS`."""
    best, fewest = None, float("inf")
    for gain in GAINS:
        x = random_sample(model, gain)
        silent = len(silent_layers(model, x))
        if silent < fewest:
            best, fewest = x, silent
        if silent == 0:
            break
    return best


def silent_layers(model: keras.Model, x: Any) -> list[str]:
    """Paths of the spiking layers of which no neuron fires for x."""
    with contextlib.suppress(ValueError):  # no layer spikes
        spiking_layers(model)
        return [path for path, rate in firing_rates(model, [(x, None)]).items() if rate == 0.0]
    return []


def warn_of_weak_evidence(model: keras.Model, x: Any, wanted: list[np.ndarray], path: Path) -> None:
    """Says in one sentence each what the comparison on x cannot have shown."""
    start = f"{path.name} was compared with `model` on inputs"
    silent = silent_layers(model, x)
    if silent:
        more = f" and {len(silent) - 5} more" if len(silent) > 5 else ""
        shown = ", ".join(silent[:5]) + more
        sentence = f"{start} that make no neuron fire in {shown}; give a `sample` that does."
        warnings.warn(sentence, stacklevel=4)
    if not _outputs_vary(model, x, wanted):
        sentence = f"{start} for which its outputs do not vary; give a `sample` for which they do."
        warnings.warn(sentence, stacklevel=4)


def _outputs_vary(model: keras.Model, x: Any, wanted: list[np.ndarray]) -> bool:
    """Whether every output differs between samples, or from that for zeros if there is but one."""
    if all(len(array) > 1 for array in wanted):
        other = [np.roll(array, 1, axis=0) for array in wanted]
    else:
        other = predict(model, keras.tree.map_structure(np.zeros_like, x))
    pairs = zip(other, wanted, strict=True)
    return all(difference([a], [b]) > tolerance_of(model) for a, b in pairs)
