"""Strings that stand for losses in `compile`."""

from collections.abc import Mapping

import keras

try:
    from keras.src.losses import ALL_OBJECTS_DICT as KERAS
except ImportError:  # another version of Keras, in which losses are given as objects
    KERAS = {}


def add_to_keras(losses: Mapping[str, type[keras.losses.Loss]]) -> None:
    """Makes Keras understand the strings, and the names of the classes.

    `keras.losses.get` looks a string up in a private table alone, so it is added there.
    """
    for name, loss in losses.items():
        KERAS.setdefault(name, loss)
        KERAS.setdefault(loss.__name__, loss)
