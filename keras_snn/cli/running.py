"""Runs the subcommand that the command line names, and turns errors into one sentence."""

import argparse
import importlib
import sys

from keras_snn.cli.messages import in_words_of_the_command, one_line


def run(chosen: argparse.Namespace) -> int:
    """Runs a subcommand.

    Args:
        chosen: What `keras_snn_command.parser` reads from the command line.

    Returns:
        The exit status: 0, or 2 after an error, which is printed to stderr in one sentence.
    """
    words = {name: f"--{name.replace('_', '-')}" for name in vars(chosen)}
    name, function = chosen.run
    try:
        module = importlib.import_module(f"keras_snn.cli.{name}")
        words |= getattr(module, "WORDS", {})
        getattr(module, function)(chosen)
    except (ValueError, ImportError, OSError) as error:
        said = in_words_of_the_command(one_line(error), words)
        print(f"keras-snn {chosen.command}: error: {said}", file=sys.stderr)
        return 2
    return 0
