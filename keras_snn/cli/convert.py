"""`keras-snn convert`: writes a PyTorch checkpoint as a `.keras` file."""

import argparse
from pathlib import Path

from keras_snn import applications
from keras_snn.cli.messages import progress
from keras_snn.cli.models import read
from keras_snn.export.writing import write

WORDS = {"source": "CHECKPOINT", "path": "OUT.keras"}


def run(arguments: argparse.Namespace) -> None:
    """Reads the checkpoint, writes the file, and runs the written network."""
    progress(f"reading {arguments.checkpoint}")
    model = applications.from_pytorch(
        arguments.checkpoint,
        time_steps=arguments.time_steps,
        input_shape=arguments.input_shape,
        attention_activation=arguments.attention_activation,
    )
    progress(f"writing {model.name}, {model.count_params():,} parameters, and running it once")
    path = write(model, arguments.output, None, model.save, _run, suffix=".keras")
    print(path)


def _run(path: Path, x: object) -> object:
    return read(path).predict(x, verbose=0)
