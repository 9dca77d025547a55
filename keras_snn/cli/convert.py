"""`keras-snn convert`: writes a PyTorch checkpoint as a `.keras` file."""

import argparse
from pathlib import Path

from keras_snn import applications
from keras_snn.cli.messages import progress, sizes
from keras_snn.cli.models import read
from keras_snn.export.writing import write

WORDS = {"source": "CHECKPOINT", "path": "OUT.keras"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of the subcommand."""
    parser.add_argument(
        "checkpoint", metavar="CHECKPOINT", help="a .pth, .pt, .safetensors or .npz file"
    )
    parser.add_argument("output", metavar="OUT.keras", help="the file to write")
    parser.add_argument(
        "--input-shape",
        type=sizes,
        metavar="SIZES",
        help="height,width,channels of images or time,height,width,channels of frames",
    )
    parser.add_argument(
        "--time-steps", type=int, help="needed if neither weights nor input shape determine them"
    )
    parser.add_argument(
        "--attention-activation",
        choices=("lif", "relu"),
        help="the activation inside SMA, which the weights do not determine",
    )
    parser.set_defaults(run=run)


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
