"""Strings that name losses in `compile`."""

from collections.abc import Mapping

import keras

try:
    from keras.src.losses import ALL_OBJECTS_DICT as KERAS
except ImportError:  # another version of Keras, to which losses are passed as objects
    KERAS = {}


def add_to_keras(losses: Mapping[str, type[keras.losses.Loss]]) -> None:
    """Makes Keras understand the strings, and the names of the classes.

    `keras.losses.get` looks strings up in a private table, so they are added to it.
    """
    for name, loss in losses.items():
        KERAS.setdefault(name, loss)
        KERAS.setdefault(loss.__name__, loss)
