"""A model as a TensorFlow SavedModel."""

from pathlib import Path
from typing import Any

import keras
import tensorflow as tf

from keras_snn.export.writing import write


def export_savedmodel(model: keras.Model, path: Any, sample: Any = None) -> Path:
    """Writes a model as a SavedModel, a folder that runs without keras_snn.

    This is `model.export(path)`, followed by a run: the folder is loaded and must compute what
    `model.predict` computes, to a part in 10,000 of the largest output, or as closely as rounding
    leaves spikes alone. Only then does it stand at `path`; what stood there before is replaced.
    Its endpoint `serve` takes a batch of any size, where the model does.

    Args:
        model: A built Keras model that keeps no state between calls.
        path: The folder to write: new, empty or a SavedModel.
        sample: Inputs to run once, as the model takes them or in a dictionary by their names; by
            default two random samples that make neurons fire, free axes of size 4. A warning
            names layers that stay silent, and says where outputs do not vary.

    Returns:
        The path.

    Raises:
        ValueError: if the model keeps state, something else stands at `path`, or what the folder
            computes is not what the model computes; nothing is written then.

    Example:
        >>> keras_snn.export.export_savedmodel(model, "served")
        >>> served = tf.saved_model.load("served")    # keep it: its functions do not
        >>> scores = served.serve(np.ones((1, 4, 32, 32, 2), "float32"))
    """
    return write(model, path, sample, lambda draft: model.export(draft, verbose=False), _run)


def _run(path: Path, x: Any) -> Any:
    loaded = tf.saved_model.load(str(path))  # a name of its own: its functions do not keep it
    return loaded.serve(keras.tree.map_structure(tf.convert_to_tensor, x))
