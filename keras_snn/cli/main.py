"""Runs the subcommand that the command line names, and turns errors into one sentence."""

import argparse
import sys
from collections.abc import Sequence

from keras_snn.cli import convert, data, export, predict, report, summary
from keras_snn.cli.messages import in_words_of_the_command, one_line
from keras_snn_command import parsers

MODULES = (convert, summary, export, report, predict, data)
COMMANDS = {module.__name__.rpartition(".")[2]: module for module in MODULES}


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs `keras-snn`.

    Args:
        arguments: The arguments of the command line; None takes those of the process.

    Returns:
        The exit status: 0, or 2 after an error, which is printed to stderr in one sentence.
    """
    parser, commands = parsers()
    for name, command in commands.items():
        COMMANDS[name].add_arguments(command)
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


def _words(chosen: argparse.Namespace) -> dict[str, str]:
    """Maps names in Python, which messages use, to names on the command line."""
    options = {name: f"--{name.replace('_', '-')}" for name in vars(chosen)}
    return {**options, **getattr(COMMANDS[chosen.command], "WORDS", {})}
