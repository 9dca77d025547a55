"""Reads the MODEL of the command line: a `.keras` file or the name of a prebuilt network."""

import argparse
from pathlib import Path
from typing import Any

import keras

from keras_snn import applications
from keras_snn.cli.messages import one_line, progress, suggestion
from keras_snn.validation import require
from keras_snn_command import networks

BUILDERS = networks()


def load(arguments: argparse.Namespace) -> keras.Model:
    """Builds or reads the model that the arguments name."""
    name = arguments.model
    keys = ("input_shape", "classes", "time_steps", "weights")
    given = {key: getattr(arguments, key) for key in keys if getattr(arguments, key) is not None}
    if name in BUILDERS:
        progress(f"building {name}")
        return getattr(applications, name)(**given)
    rule = f"be a .keras file or one of {', '.join(BUILDERS)}{suggestion(name, BUILDERS)}"
    require(name.endswith(".keras"), "MODEL", rule, MODEL=name)
    require(
        not given, "MODEL", "be a prebuilt network if its options are given", MODEL=name, **given
    )
    return read(Path(name))


def read(path: Path) -> Any:
    """Reads the model of a `.keras` file, or raises an error of one sentence."""
    require(path.is_file(), "MODEL", "be an existing file", MODEL=str(path))
    progress(f"reading {path}")
    try:
        return keras.saving.load_model(path, compile=False)
    except Exception as error:  # a broken file can make its reader raise anything
        reason = f"{type(error).__name__}: {one_line(error)[:300]}"
        raise ValueError(
            f"`MODEL` must be a whole .keras file. Received: MODEL={str(path)!r} ({reason})"
        ) from None
