"""The test whether a model is being exported, which only plain operations survive."""

import sys

import tensorflow as tf

WRITERS = ("keras.src.export", "tensorflow.lite", "tf2onnx")
"""Modules that trace a model to write it."""


def is_traced_for_elsewhere() -> bool:
    """Tells whether a function is being traced for an exported model, by its callers."""
    frame = sys._getframe() if tf.inside_function() else None
    while frame is not None:
        if frame.f_globals.get("__name__", "").startswith(WRITERS):
            return True
        frame = frame.f_back
    return False
