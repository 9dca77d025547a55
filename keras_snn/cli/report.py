"""`keras-snn report`: describes a network on a data set in one HTML file."""

import argparse
import importlib
from pathlib import Path
from typing import Any

from keras_snn import reporting
from keras_snn.cli.messages import progress
from keras_snn.cli.models import load
from keras_snn.validation import require

WORDS = {"name": "--data"}


def run(arguments: argparse.Namespace) -> None:
    """Writes the report and prints its path."""
    model = load(arguments)
    shape = tuple(model.input_shape[1:])
    steps = shape[0] if len(shape) == 4 else None
    named = arguments.data in _datasets().NAMES or not Path(arguments.data).is_dir()
    read = _read_data_set if named else _read_folder
    data, names = read(arguments, steps, shape)
    _check(data, names, model, arguments.data)
    where = f"{arguments.data}, {arguments.split}" if named else Path(arguments.data).name
    progress(f"running {model.name} on {where}")
    title = f"{model.name} on {where}"
    print(reporting.write_report(model, data, arguments.output, class_names=names, title=title))


def _datasets() -> Any:
    """`keras_snn.datasets`, which needs the extra `data`."""
    return importlib.import_module("keras_snn.datasets")


def _read_data_set(
    arguments: argparse.Namespace, steps: int | None, shape: tuple[int | None, ...]
) -> tuple[Any, list[str] | None]:
    """Returns the split in batches, and the names of its classes."""
    data = _datasets().load(
        arguments.data,
        arguments.split,
        time_steps=steps,
        slice_by=arguments.slice_by,
        batch_size=32,
        shuffle=False,
        cache=False,
        data_dir=arguments.data_dir,
    )
    return data, getattr(_datasets().info(arguments.data), "class_names", None)


def _read_folder(
    arguments: argparse.Namespace, steps: int | None, shape: tuple[int | None, ...]
) -> tuple[Any, list[str] | None]:
    """Returns the recordings in batches, and the names of their folders if there are any."""
    rule = "take frames (time, height, width, polarities) to read a folder"
    require(steps is not None, "MODEL", rule, input_shape=shape)
    labeled = any(path.is_dir() for path in Path(arguments.data).iterdir())
    data = _datasets().event_dataset_from_directory(
        arguments.data,
        labels="inferred" if labeled else None,
        label_mode="int" if labeled else None,
        size=None if None in shape[1:3] else shape[1:3],
        time_steps=steps,
        slice_by=arguments.slice_by,
        window=arguments.window,
        merge_polarities=shape[3] == 1,
        shuffle=False,
        cache=False,
        verbose=False,
    )
    return data, data.class_names


def _check(data: Any, names: list[str] | None, model: Any, where: str) -> None:
    """Raises an error unless the model takes such inputs and has an output for every class."""
    shape, spec = tuple(model.input_shape[1:]), data.element_spec
    given = tuple((spec[0] if isinstance(spec, tuple) else spec).shape[1:])
    fits = len(given) == len(shape) and all(
        a is None or b is None or a == b for a, b in zip(given, shape, strict=True)
    )
    require(fits, "MODEL", f"take inputs of the shape {given}, as {where} has", input_shape=shape)
    classes = model.output_shape[-1]
    rule = f"have an output for each of the {len(names or [])} classes of {where}"
    require(len(names or []) <= classes, "MODEL", rule, classes=classes)
