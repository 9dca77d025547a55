"""The command line of `train.py`."""

import argparse
from pathlib import Path
from typing import Any, NoReturn

from recipes import RECIPES


class Parser(argparse.ArgumentParser):
    """A parser whose errors are one sentence, without the usage before it."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}\n")


def parse(arguments: list[str] | None, description: str) -> argparse.Namespace:
    """Reads the command line; a wrong one ends the program with one sentence."""
    parser = Parser(
        prog="train.py",
        description=description,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("recipe", choices=RECIPES, help="which data set, and how to train on it")
    add("--epochs", type=positive(int), help="passes over the training data (the recipe's)")
    add("--batch-size", type=positive(int), help="samples in a step (the recipe's)")
    add("--learning-rate", type=positive(float), help="at the start of the cosine (the recipe's)")
    add("--time-steps", type=positive(int), help="frames a sample (the data set's)")
    add("--attention", choices=("sma", "fsta", "none"), help="in the network (the recipe's)")
    add("--no-azo", action="store_true", help="SMA without Attention ZoneOut")
    add("--no-augmentation", action="store_true", help="train on the samples as they are")
    add("--dtype", default="float32", help="a Keras dtype policy, such as mixed_bfloat16")
    add("--samples", type=positive(int), help="train on this many samples only (on all)")
    add("--limit", type=positive(int), help="take this many samples of every split only (all)")
    add("--resume", action="store_true", help="go on after the last epoch of an earlier run")
    add("--tensorboard", action="store_true", help="write what TensorBoard shows")
    add(
        "--set",
        action="append",
        default=[],
        type=setting,
        metavar="NAME=VALUE",
        help="a setting of the data, such as noise=5, split_rule=tebn, size=64,64; may be repeated",
    )
    add(
        "--md5",
        action="append",
        default=[],
        type=text_setting,
        metavar="ARCHIVE=DIGEST",
        help="accept another archive in the same layout, with this MD5 digest; may be repeated",
    )
    seeded = "of weights, dropout, augmentation and the order of samples (0)"
    add("--seed", type=int, default=0, help=seeded)
    add("--data-dir", type=Path, help="where data sets are kept (tensorflow-datasets' place)")
    add("--manual-dir", type=Path, help="where archives are (downloads/manual in the data's place)")
    add("--output", type=Path, help="where results go (runs/<recipe>)")
    kinds = "all devices of JAX, or of TensorFlow on one host; workers is refused with its reason"
    add("--distribute", choices=("jax", "mirrored", "workers"), help=kinds)
    add("--coordinator", metavar="HOST:PORT", help="of process 0, where there are several")
    add("--processes", type=positive(int), default=1, help="processes, one per host (1)")
    add("--process", type=int, default=0, help="number of this one, from 0 (0)")
    return parser.parse_args(arguments)


def positive(kind: type) -> type:
    """An argparse type: a number of `kind` greater than 0."""

    def convert(text: str):
        value = kind(text)
        if not value > 0:
            raise argparse.ArgumentTypeError(f"must be greater than 0. Received: {text}")
        return value

    convert.__name__ = f"{kind.__name__} greater than 0"
    return convert  # type: ignore[return-value]


def text_setting(text: str) -> tuple[str, str]:
    """An argparse type: NAME=VALUE."""
    name, equals, value = text.partition("=")
    if not (name and equals and value):
        raise argparse.ArgumentTypeError(f"must be NAME=VALUE. Received: {text}")
    return name, value


def setting(text: str) -> tuple[str, Any]:
    """An argparse type: NAME=VALUE, where a value may be a number, two with a comma, or a flag."""
    name, value = text_setting(text)
    if value in ("True", "False"):
        return name, value == "True"
    for kind in (int, float, _integers):
        try:
            return name, kind(value)
        except ValueError:
            continue
    return name, value


def _integers(text: str) -> tuple[int, ...]:
    return tuple(int(number) for number in text.split(","))
