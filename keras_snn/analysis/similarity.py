"""Measures the similarity of a layer's spikes between time steps."""

from typing import Any

import keras
import numpy as np
from keras import ops

from keras_snn.analysis.calls import Batch, Call
from keras_snn.analysis.recording import observe
from keras_snn.analysis.walking import spiking_layers


class Similarities:
    """An observer that sums the cosines between time steps of every spiking layer."""

    def __init__(self) -> None:
        self.sums: dict[str, Any] = {}
        self.pairs: dict[str, Any] = {}

    def watched(self, model: Any) -> dict[str, Any]:
        return spiking_layers(model)

    def observe(self, call: Call) -> None:
        cosines, known = _cosines(call.outputs)
        self.sums[call.path] = self.sums.get(call.path, 0.0) + cosines.sum(0)
        self.pairs[call.path] = self.pairs.get(call.path, 0) + known.sum(0)

    def end_batch(self, batch: Batch) -> None:
        pass

    def result(self) -> dict[str, np.ndarray]:
        """Returns the means, NaN if no sample has spikes at both time steps."""
        return {path: _divide(total, self.pairs[path]) for path, total in self.sums.items()}


def _cosines(spikes: Any) -> tuple[np.ndarray, np.ndarray]:
    """Returns cosines (batch, time, time), 0 if a step is silent, and whether both steps spike."""
    batch, time_steps, *_ = spikes.shape
    maps = ops.reshape(ops.cast(spikes, "float32"), (batch, time_steps, -1))
    products = ops.convert_to_numpy(ops.matmul(maps, ops.transpose(maps, (0, 2, 1))))
    norms = np.sqrt(np.diagonal(products, axis1=1, axis2=2).astype("float64"))
    scale = norms[:, :, None] * norms[:, None]
    return np.divide(products, scale, out=np.zeros_like(scale), where=scale > 0), scale > 0


def _divide(total: np.ndarray, pairs: np.ndarray) -> np.ndarray:
    return np.divide(total, pairs, out=np.full_like(total, np.nan), where=pairs > 0)


def time_similarity(model: keras.Model, data: Any) -> dict[str, np.ndarray]:
    """Measures how similar the spikes of every spiking layer are between time steps.

        similarity[t, u] = mean over samples of cos(s[t], s[u])

    where s[t] is the vector of all spikes of the layer at time step t, and cos is the cosine of the
    angle between two vectors. A sample without spikes at t or u is left out of that mean; if no
    sample is left, the similarity is NaN.

    Args:
        model: A Keras model.
        data: As `firing_rates` takes it.

    Returns:
        A mapping from the path of each layer to a matrix (time, time), from 0 to 1 for spikes of 0
        and 1.

    Raises:
        ValueError: If no layer of the model spikes, or `data` is empty.

    Example:
        >>> model = keras_snn.applications.VGG8(input_shape=(4, 32, 32, 2))
        >>> similarity = keras_snn.analysis.time_similarity(model, np.ones((1, 4, 32, 32, 2)))
        >>> similarity["block1_lif"].shape
        (4, 4)

    Source: arXiv 2501.14744, the similarity of spike maps in its analysis. Differs from the
    source: the paper gives no formula; this is the cosine.
    """
    similarities = Similarities()
    observe(model, data, similarities)
    return similarities.result()
