"""Records the weights that attention gives to scales, time steps, channels and positions."""

import inspect
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_snn.analysis.calls import Batch, Call
from keras_snn.analysis.recording import observe
from keras_snn.analysis.walking import walk
from keras_snn.validation import require

Scores = dict[str, tuple[np.ndarray, ...]]


class Attention:
    """An observer that keeps the scores of the last call of every attention layer.

    Args:
        kept: A dictionary that receives the scores by the path of the layer.
    """

    scores = True  # asks for the attention scores of every call

    def __init__(self, kept: Scores) -> None:
        self.kept = kept

    def watched(self, model: Any) -> dict[str, Any]:
        return attention_layers(model)

    def observe(self, call: Call) -> None:
        self.kept[call.path] = tuple(map(ops.convert_to_numpy, call.scores))

    def end_batch(self, batch: Batch) -> None:
        pass


def attention_layers(model: Any) -> dict[str, Any]:
    """Finds the layers whose `call` takes `return_attention_scores`, by path."""
    found = {path: layer for path, layer in walk(model).items() if _has_scores(layer)}
    require(bool(found), "model", "have at least one attention layer", model=model.name)
    return found


def _has_scores(layer: Any) -> bool:
    return "return_attention_scores" in inspect.signature(layer.call).parameters


def attention_weights(model: keras.Model, x: Any) -> Scores:
    """Records the weights of every attention layer for one batch, in inference mode.

    Args:
        model: A Keras model with attention: SMA, FSTA, or any layer whose `call` takes
            `return_attention_scores`.
        x: One batch of inputs, as the model takes it.

    Returns:
        A mapping from the path of each layer to its weights. SMA has time weights (batch, scales,
        time) and channel weights (batch, scales, time, channels); FSTA has time weights (batch,
        time) and space weights (batch, height, width, 1).

    Raises:
        ValueError: If no layer of the model has attention weights.

    Example:
        >>> model = keras_snn.applications.SMAVGG8(input_shape=(4, 32, 32, 2))
        >>> scores = keras_snn.analysis.attention_weights(model, np.ones((1, 4, 32, 32, 2)))
        >>> [array.shape for array in scores["block2_sma"]]
        [(1, 4, 4), (1, 4, 4, 128)]
    """
    kept: Scores = {}
    observe(model, [(x, None)], Attention(kept))
    return kept
