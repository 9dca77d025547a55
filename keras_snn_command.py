"""The command `keras-snn`: prints its help and its version at once, and runs everything else.

This module stands beside the package because importing the package imports TensorFlow, which takes
seconds and prints notes.
"""

import argparse
import importlib.metadata
import os
import sys

COMMANDS = {
    "convert": "write the network of an authors' PyTorch checkpoint as a .keras file",
    "summary": "list a network's layers, output shapes, parameters and MACs per time step",
    "export": "write a network as SavedModel, LiteRT or ONNX, or as a stream that keeps its state",
    "report": "write accuracy, firing rates, heat maps and energy of a network as one HTML file",
    "predict": "predict the classes of recordings, window by window",
    "data": "list data sets, describe one, prepare one, or show a recording",
}
"""The help of every subcommand, which is the module of `keras_snn.cli` with its name."""


def parsers() -> tuple[argparse.ArgumentParser, dict[str, argparse.ArgumentParser]]:
    """Returns the parser of the command, and those of the subcommands, without their arguments."""
    parser = argparse.ArgumentParser(
        "keras-snn", description="Spiking neural networks in Keras, from the command line."
    )
    version = f"keras-snn {importlib.metadata.version('keras-snn')}"
    parser.add_argument("--version", action="version", version=version)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    add = commands.add_parser
    return parser, {
        name: add(name, help=text, description=f"{text}.") for name, text in COMMANDS.items()
    }


def main() -> int:
    """Runs `keras-snn` with the arguments of the process, and returns its exit status."""
    if sys.argv[1:2] in ([], ["-h"], ["--help"], ["--version"]):
        parser, _ = parsers()
        parser.parse_args(sys.argv[1:] or ["--help"])
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    from keras_snn import cli

    return cli.main()
