"""`keras-snn data`: lists, describes and prepares data sets, and shows recordings."""

import argparse
import dataclasses
from typing import Any

import keras_snn
from keras_snn.cli.messages import check_data_set


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
