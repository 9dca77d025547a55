"""`keras-snn export`: writes a network in a format that runs without keras_snn."""

import argparse
from collections.abc import Callable
from typing import Any

from keras_snn import export
from keras_snn.cli.messages import progress
from keras_snn.cli.models import add_model_arguments, load
from keras_snn.validation import require

WORDS = {"path": "OUT", "time_steps": "--window"}

FORMATS: dict[str, Callable[..., Any]] = {
    "savedmodel": export.export_savedmodel,
    "litert": export.export_litert,
    "onnx": export.export_onnx,
    "stream": export.export_stream,
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of the subcommand."""
    add_model_arguments(parser)
    parser.add_argument("output", metavar="OUT", help="a folder, or a .tflite or .onnx file")
    parser.add_argument(
        "--format", choices=FORMATS, default="savedmodel", help="the format to write (%(default)s)"
    )
    parser.add_argument("--batch-size", type=int, help="recordings at once, for a stream (1)")
    parser.add_argument("--window", type=int, help="time steps per window, for a stream (1)")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Builds or reads the network, writes it, and runs the written file."""
    windows = {"batch_size": arguments.batch_size, "time_steps": arguments.window}
    given = {key: value for key, value in windows.items() if value is not None}
    good = arguments.format == "stream" or not given
    require(
        good, "--format", "be stream if --batch-size or --window is given", format=arguments.format
    )
    model = load(arguments)
    progress(f"writing {arguments.format} and running it once; large networks take minutes")
    print(FORMATS[arguments.format](model, arguments.output, **given))
