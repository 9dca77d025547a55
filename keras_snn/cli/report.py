"""`keras-snn report`: what a network does on a data set, as one HTML file."""

import argparse
import importlib
from pathlib import Path
from typing import Any

from keras_snn import reporting
from keras_snn.cli.messages import progress
from keras_snn.cli.models import add_model_arguments, load
from keras_snn.validation import require

NAME = "report"
HELP = "write accuracy, firing rates, heat maps and energy of a network as one HTML file"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the subcommand."""
    add_model_arguments(parser)
    parser.add_argument("--data", required=True, metavar="NAME", help="such as event_digits")
    parser.add_argument("--split", default="test", help="such as test[:200] (test)")
    parser.add_argument("--data-dir", type=Path, help="where data sets are kept")
    parser.add_argument("--output", type=Path, default=Path("report.html"), help="(report.html)")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Writes the report and prints its path."""
    model = load(arguments)
    data = _data(model, arguments)
    progress(f"running {model.name} on {arguments.data}, {arguments.split}")
    title = f"{model.name} on {arguments.data}, {arguments.split}"
    names = getattr(_datasets().info(arguments.data), "class_names", None)
    print(reporting.write_report(model, data, arguments.output, class_names=names, title=title))


def _datasets() -> Any:
    """`keras_snn.datasets`, which needs the extra `data`."""
    return importlib.import_module("keras_snn.datasets")


def _data(model: Any, arguments: argparse.Namespace) -> Any:
    """The split in batches, with as many time steps as the model has."""
    shape = tuple(model.input_shape[1:])
    options = {"batch_size": 32, "shuffle": False, "cache": False, "data_dir": arguments.data_dir}
    steps = shape[0] if len(shape) == 4 else None
    data = _datasets().load(arguments.data, arguments.split, time_steps=steps, **options)
    given = tuple(data.element_spec[0].shape[1:])
    fits = len(given) == len(shape) and all(
        a is None or b is None or a == b for a, b in zip(given, shape, strict=True)
    )
    require(fits, "MODEL", f"take inputs {given}, those of {arguments.data}", input_shape=shape)
    return data
