"""Trained weights that have a name: their table and their files.

`pretrained.json` maps each name to the fields of `Pretrained`. An `address` without "://" is a file
beside the table, shipped with the library. Any other address is downloaded once by
`keras.utils.get_file`.
"""

import hashlib
import json
import os
import urllib.error
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import keras

from keras_snn.validation import require

TABLE = Path(__file__).with_suffix(".json")
SUFFIXES = (".weights.h5", ".keras", ".pth", ".pt", ".safetensors", ".npz")


@dataclass(frozen=True)
class Pretrained:
    """Trained weights of a network.

    Args:
        network: The builder, such as "SMAVGG8".
        address: Where the file is: a name beside the table, or a URL.
        sha256: Hash of the file, in hexadecimal digits.
        data_set: Name of the data set that the network was trained on.
        class_names: Names of the classes, in the order of the outputs.
        time_steps: Number of time steps T.
        accuracy: Accuracy on the test split, from 0 to 1.
        command: The command that trained it.
        licence: License of the weights.
        arguments: Arguments of the builder that differ from its defaults.
    """

    network: str
    address: str
    sha256: str
    data_set: str
    class_names: tuple[str, ...]
    time_steps: int
    accuracy: float
    command: str
    licence: str
    arguments: Mapping[str, Any] = field(default_factory=dict)


def list_weights() -> dict[str, Pretrained]:
    """Lists the trained weights that a builder takes by name, such as `weights="event_digits"`.

    Returns:
        A mapping from names to `Pretrained`: network, data set, classes, accuracy, command,
        license.

    Example:
        >>> for name, row in keras_snn.applications.list_weights().items():
        ...     print(name, row.network, row.accuracy)
    """
    rows = json.loads(TABLE.read_text(encoding="utf-8"))
    return {
        name: Pretrained(**{**row, "class_names": tuple(row["class_names"])})
        for name, row in rows.items()
    }


def arguments_of(weights: Any) -> dict[str, Any]:
    """Returns the arguments of the builder that named weights need."""
    row = list_weights().get(weights) if isinstance(weights, str) else None
    return dict(row.arguments) if row else {}


def file_of(weights: Any, network: str) -> Path | None:
    """Returns the file of the `weights` of a builder, and downloads it if necessary.

    Raises:
        ValueError: If the name is unknown, if the weights belong to another network, if the path is
            not a file of weights, or if a download fails or its hash differs.
    """
    if weights is None:
        return None
    if isinstance(weights, str) and weights in list_weights():
        return _named(weights, network)
    names = ", ".join(map(repr, list_weights()))
    rule = f"be None, a name ({names}), or a path that ends in {', '.join(SUFFIXES)}"
    good = isinstance(weights, (str, os.PathLike)) and str(weights).endswith(SUFFIXES)
    require(good, "weights", rule, weights=weights)
    path = Path(weights)
    require(path.is_file(), "weights", "be an existing file", weights=str(weights))
    return path


def _named(name: str, network: str) -> Path:
    row = list_weights()[name]
    rule = f"be weights of {network}"
    require(row.network == network, "weights", rule, weights=name, network=row.network)
    if "://" in row.address:
        return _downloaded(name, row)
    path = TABLE.parent / row.address
    whole = path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == row.sha256
    rule = "name a whole file; install keras-snn again"
    require(whole, "weights", rule, weights=name, file=str(path))
    return path


def _downloaded(name: str, row: Pretrained) -> Path:
    """Returns the file in Keras's cache, checked against its hash."""
    file = f"{name}-{row.sha256[:8]}-{row.address.rsplit('/', 1)[-1]}"
    try:
        path = keras.utils.get_file(
            file,
            row.address,
            cache_subdir="models/keras_snn",
            file_hash=row.sha256,
            hash_algorithm="sha256",
        )
    except Exception as error:  # whatever the download below Keras raises
        if isinstance(error.__context__, urllib.error.HTTPError):
            error.__context__.close()  # Keras leaves the connection open
        reason = " ".join(str(error).split())
        raise ValueError(
            "`weights` must name a file that can be downloaded whole; try again, or download it "
            f"and give its path. Received: weights={name!r}, address={row.address!r} "
            f"({type(error).__name__}: {reason})"
        ) from None
    return Path(path)
