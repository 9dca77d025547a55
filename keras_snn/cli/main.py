"""Runs the subcommand that the command line names, and turns errors into one sentence."""

import argparse
import sys
from collections.abc import Sequence

from keras_snn.cli import convert, data, export, predict, report, summary
from keras_snn.cli.messages import in_words_of_the_command, one_line
from keras_snn.version import __version__

COMMANDS = (convert, summary, export, report, predict, data)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs `keras-snn`.

    Args:
        arguments: The arguments of the command line; None takes those of the process.

    Returns:
        The exit status: 0, or 2 after an error, which is printed to stderr in one sentence.
    """
    parser = _parser()
    chosen = parser.parse_args(arguments)
    if chosen.command is None:
        parser.print_help()
        return 0
    try:
        chosen.run(chosen)
    except (ValueError, ImportError, OSError) as error:
        said = in_words_of_the_command(one_line(error), _words(chosen))
        print(f"keras-snn {chosen.command}: error: {said}", file=sys.stderr)
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="keras-snn", description="Spiking neural networks in Keras, from the command line."
    )
    parser.add_argument("--version", action="version", version=f"keras-snn {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    for command in COMMANDS:
        words = {"help": command.HELP, "description": command.HELP + "."}
        command.add_arguments(commands.add_parser(command.NAME, **words))
    return parser


def _words(chosen: argparse.Namespace) -> dict[str, str]:
    """Maps names in Python, which messages use, to names on the command line."""
    options = {name: f"--{name.replace('_', '-')}" for name in vars(chosen)}
    command = next(command for command in COMMANDS if chosen.command == command.NAME)
    return {**options, **getattr(command, "WORDS", {})}
