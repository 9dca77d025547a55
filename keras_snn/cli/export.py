"""`keras-snn export`: writes a network in a format that runs without keras_snn."""

import argparse

from keras_snn import export
from keras_snn.cli.messages import progress
from keras_snn.cli.models import load
from keras_snn.validation import require

WORDS = {"path": "OUT", "time_steps": "--window"}


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
    write = getattr(export, f"export_{arguments.format}")
    print(write(model, arguments.output, **given))
