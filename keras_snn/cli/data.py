"""`keras-snn data`: lists, describes and prepares data sets, and shows recordings."""

import argparse
import dataclasses
from typing import Any

import keras_snn
from keras_snn.cli import picture
from keras_snn.cli.messages import check_data_set


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of the subcommand."""
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    action = actions.add_parser("list", help="names, classes and numbers of samples")
    action.set_defaults(run=show_all)
    action = actions.add_parser("info", help="shape, classes, splits, origin and license")
    _add_name(action)
    action.set_defaults(run=show)
    action = actions.add_parser("prepare", help="read the archives and write the data set to disk")
    _add_name(action)
    action.add_argument(
        "--manual-dir", metavar="DIR", help="folder of the archives (DATA_DIR/downloads/manual)"
    )
    action.add_argument(
        "--md5",
        action="append",
        default=[],
        type=digest,
        metavar="ARCHIVE=DIGEST",
        help="accept another archive of the same layout, with this MD5 digest; may be repeated",
    )
    action.add_argument("--split-rule", help="how to split a set without an official test part")
    action.set_defaults(run=prepare)
    action = actions.add_parser("show", help=picture.HELP, description=picture.HELP + ".")
    picture.add_arguments(action)


def _add_name(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="a data set of `keras-snn data list`")
    parser.add_argument("--data-dir", metavar="DIR", help="folder of the prepared data sets")


def digest(text: str) -> tuple[str, str]:
    """Reads `Train.zip=20959b...` as a pair; a type of argparse."""
    archive, equals, digits = text.partition("=")
    if not equals:
        raise argparse.ArgumentTypeError(f"must be ARCHIVE=DIGEST. Received: {text}")
    return archive, digits


def show_all(arguments: argparse.Namespace) -> None:
    """Prints a line for each data set."""
    for name in keras_snn.datasets.NAMES:
        info = keras_snn.datasets.info(name)
        samples = ", ".join(f"{split} {size:,}" for split, size in info.splits.items())
        print(f"{name:<16}{info.classes:>4} classes   {samples}")


def show(arguments: argparse.Namespace) -> None:
    """Prints the fields of `datasets.info`, each in a line."""
    check_data_set(arguments.name, "NAME")
    info = keras_snn.datasets.info(arguments.name, arguments.data_dir)
    for field in dataclasses.fields(info):
        if value := getattr(info, field.name):
            print(f"{field.name.replace('_', ' ')}: {_text(value)}")


def _text(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {size:,}" for name, size in value.items())
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def prepare(arguments: argparse.Namespace) -> None:
    """Prepares the data set and prints its folder."""
    check_data_set(arguments.name, "NAME")
    given = {"md5": dict(arguments.md5), "split_rule": arguments.split_rule}
    settings = {name: value for name, value in given.items() if value}
    places = (arguments.data_dir, arguments.manual_dir)
    builder = keras_snn.datasets.prepare(arguments.name, *places, **settings)
    print(builder.data_dir)
