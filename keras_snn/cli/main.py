"""From the arguments of the command line to a subcommand, and errors as one sentence."""

import argparse
import sys
from collections.abc import Sequence

from keras_snn.cli import convert, export, report, summary
from keras_snn.cli.messages import one_line
from keras_snn.version import __version__

COMMANDS = (convert, summary, export, report)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs `keras-snn`.

    Args:
        arguments: Those of the command line; None takes them from the process.

    Returns:
        The exit status: 0, or 2 after an error, of which stderr has one sentence.
    """
    chosen = _parser().parse_args(arguments)
    try:
        chosen.run(chosen)
    except (ValueError, ImportError, OSError) as error:
        print(f"keras-snn {chosen.command}: error: {one_line(error)}", file=sys.stderr)
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="keras-snn", description="Spiking neural networks in Keras, from the command line."
    )
    parser.add_argument("--version", action="version", version=f"keras-snn {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for command in COMMANDS:
        words = {"help": command.HELP, "description": command.HELP + "."}
        command.add_arguments(commands.add_parser(command.NAME, **words))
    return parser
