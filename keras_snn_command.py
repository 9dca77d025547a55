"""The command `keras-snn`: reads the command line, and has `keras_snn.cli` do what it says.

This module stands beside the package because importing the package imports TensorFlow, which takes
seconds and prints notes. Help and wrong arguments are answered without it.
"""

import argparse
import ast
import importlib.metadata
import os
from collections.abc import Callable, Sequence
from pathlib import Path

Parser = argparse.ArgumentParser


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs `keras-snn`.

    Args:
        arguments: The arguments of the command line; None takes those of the process.

    Returns:
        The exit status: 0, or 2 after an error, which is printed to stderr in one sentence.
    """
    command = parser()
    chosen = command.parse_args(arguments)
    if chosen.command is None:
        command.print_help()
        return 0
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    from keras_snn.cli.running import run

    return run(chosen)


def parser() -> Parser:
    """Returns the parser; its `run` is a module of `keras_snn.cli` and the function there."""
    command = Parser(
        "keras-snn", description="Spiking neural networks in Keras, from the command line."
    )
    version = f"keras-snn {importlib.metadata.version('keras-snn')}"
    command.add_argument("--version", action="version", version=version)
    commands = command.add_subparsers(dest="command", metavar="COMMAND")
    for name, (text, add_arguments) in COMMANDS.items():
        subcommand = commands.add_parser(name, help=text, description=f"{text}.")
        subcommand.set_defaults(run=(name, "run"))
        add_arguments(subcommand)
    return command


def networks() -> list[str]:
    """Returns the names of the prebuilt networks, which it reads from the source."""
    source = Path(__file__).with_name("keras_snn") / "applications" / "__init__.py"
    (names,) = [
        ast.literal_eval(node.value)
        for node in ast.parse(source.read_text()).body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"
    ]
    return sorted(name for name in names if name[0].isupper())


def sizes(text: str) -> tuple[int | None, ...]:
    """Reads `10,128,128,2` as a tuple, with `None` for a free size; a type of argparse."""
    try:
        return tuple(
            None if size.strip().lower() == "none" else int(size) for size in text.split(",")
        )
    except ValueError:
        message = f"sizes must be integers or None with commas, such as 10,128,128,2: {text!r}"
        raise argparse.ArgumentTypeError(message) from None


def digest(text: str) -> tuple[str, str]:
    """Reads `Train.zip=20959b...` as a pair; a type of argparse."""
    archive, equals, digits = text.partition("=")
    if not equals:
        raise argparse.ArgumentTypeError(f"must be ARCHIVE=DIGEST. Received: {text}")
    return archive, digits


def convert(parser: Parser) -> None:
    add = parser.add_argument
    add("checkpoint", metavar="CHECKPOINT", help="a .pth, .pt, .safetensors or .npz file")
    add("output", metavar="OUT.keras", help="the file to write")
    text = "height,width,channels of images or time,height,width,channels of frames"
    add("--input-shape", type=sizes, metavar="SIZES", help=text)
    text = "needed if neither weights nor input shape determine them"
    add("--time-steps", type=int, help=text)
    text = "the activation inside SMA, which the weights do not determine"
    add("--attention-activation", choices=("lif", "relu"), help=text)


def model(parser: Parser) -> None:
    """Adds MODEL and the arguments of a prebuilt network."""
    add = parser.add_argument
    add("model", metavar="MODEL", help=f"a .keras file, or one of {', '.join(networks())}")
    text = "for a prebuilt network: height,width,channels or time,height,width,channels"
    add("--input-shape", type=sizes, metavar="SIZES", help=text)
    add("--classes", type=int, help="for a prebuilt network")
    add("--time-steps", type=int, help="for a prebuilt network that takes images")
    add("--weights", help="for a prebuilt network: a file of weights to load")


def export(parser: Parser) -> None:
    model(parser)
    add = parser.add_argument
    add("output", metavar="OUT", help="a folder, or a .tflite or .onnx file")
    formats, text = ("savedmodel", "litert", "onnx", "stream"), "the format to write (%(default)s)"
    add("--format", choices=formats, default="savedmodel", help=text)
    add("--batch-size", type=int, help="recordings at once, for a stream (1)")
    add("--window", type=int, help="time steps per window, for a stream (1)")


def report(parser: Parser) -> None:
    model(parser)
    add = parser.add_argument
    text = "a data set such as event_digits, or a folder of recordings with one folder per class"
    add("--data", required=True, metavar="NAME|FOLDER", help=text)
    add("--split", default="test", help="for a data set, such as test[:200] (test)")
    add("--data-dir", type=Path, help="folder of the prepared data sets")
    add("--slice-by", default="count", help="how recordings become frames: count or time (count)")
    add("--window", type=int, help="for a folder: microseconds per sample (whole recordings)")
    add("--output", type=Path, default=Path("report.html"), help="the file to write (report.html)")


def predict(parser: Parser) -> None:
    add = parser.add_argument
    add("model", metavar="MODEL", help="a .keras file of a network for frames")
    add("files", metavar="FILE", nargs="+", type=Path, help="recordings of events")
    add("--window", type=int, help="microseconds per window (the whole recording)")
    add("--stride", type=int, help="microseconds between windows' starts (a window)")
    text = "how events become frames (count)"
    add("--slice-by", choices=("count", "time"), default="count", help=text)
    add("--classes", metavar="A,B,...", help="names of the classes, in their order")
    add("--data", metavar="NAME", help="a data set whose class names are used")
    events(parser)


def events(parser: Parser) -> None:
    """Adds the properties that a file of events may not contain."""
    text = "needed if the file has none"
    parser.add_argument("--sensor-size", type=sizes, metavar="HEIGHT,WIDTH", help=text)
    parser.add_argument("--time-unit", help="us, ms, s or ns, needed if the format does not fix it")


def data(parser: Parser) -> None:
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    action = actions.add_parser("list", help="names, classes and numbers of samples")
    action.set_defaults(run=("data", "show_all"))
    action = actions.add_parser("info", help="shape, classes, splits, origin and license")
    action.set_defaults(run=("data", "show"))
    data_set(action)
    action = actions.add_parser("prepare", help="read the archives and write the data set to disk")
    action.set_defaults(run=("data", "prepare"))
    data_set(action)
    add = action.add_argument
    add("--manual-dir", metavar="DIR", help="folder of the archives (DATA_DIR/downloads/manual)")
    text = "accept another archive of the same layout, with this MD5 digest; may be repeated"
    add("--md5", action="append", default=[], type=digest, metavar="ARCHIVE=DIGEST", help=text)
    add("--split-rule", help="how to split a set without an official test part")
    text = "draw a recording from a data set or a file, as a picture and an animation"
    action = actions.add_parser("show", help=text, description=f"{text}.")
    action.set_defaults(run=("picture", "show"))
    picture(action)


def data_set(parser: Parser) -> None:
    """Adds the name of a data set, and where it is."""
    parser.add_argument("name", metavar="NAME", help="a data set of `keras-snn data list`")
    parser.add_argument("--data-dir", metavar="DIR", help="folder of the prepared data sets")


def picture(parser: Parser) -> None:
    add = parser.add_argument
    add("recording", metavar="NAME-or-FILE", help="a data set, or a recording")
    add("--split", default="test", help="for a data set: the split (test)")
    add("--index", type=int, default=0, help="for a data set: which sample (0)")
    add("--data-dir", metavar="DIR", help="folder of the prepared data sets")
    events(parser)
    add("--time-steps", type=int, default=8, help="slices of the picture (8)")
    output, text = Path("recording.png"), "the picture to write (%(default)s)"
    add("--output", type=Path, metavar="OUT.png", default=output, help=text)


COMMANDS: dict[str, tuple[str, Callable[[Parser], None]]] = {
    "convert": ("write the network of an authors' PyTorch checkpoint as a .keras file", convert),
    "summary": ("list a network's layers, output shapes, parameters and MACs per time step", model),
    "export": (
        "write a network as SavedModel, LiteRT or ONNX, or as a stream that keeps its state",
        export,
    ),
    "report": (
        "write accuracy, firing rates, heat maps and energy of a network as one HTML file",
        report,
    ),
    "predict": ("predict the classes of recordings, window by window", predict),
    "data": ("list data sets, describe one, prepare one, or show a recording", data),
}
"""What every subcommand does, and the function that adds its arguments."""
