"""Collects the labels of a pass and the classes that a classifier predicts."""

from typing import Any

import numpy as np
from keras import ops

from keras_snn.analysis.calls import Batch, Call
from keras_snn.analysis.importance import class_indices
from keras_snn.functional.precision import mean


class Predictions:
    """An observer that keeps the labels and the predicted classes.

    Attributes:
        labels: Classes (samples,), empty if the data have no labels.
        predictions: Predicted classes (samples,), empty if the outputs are not class scores.
    """

    def __init__(self) -> None:
        self.labels: list[int] = []
        self.predictions: list[int] = []

    def watched(self, model: Any) -> dict[str, Any]:
        return {}

    def observe(self, call: Call) -> None:
        pass

    def end_batch(self, batch: Batch) -> None:
        scores = batch.outputs
        if len(getattr(scores, "shape", ())) == 3:  # (batch, time, classes)
            scores = mean(scores, axis=1)
        if len(getattr(scores, "shape", ())) == 2 and scores.shape[1] > 1:
            self.predictions += ops.convert_to_numpy(ops.argmax(scores, axis=-1)).tolist()
            if batch.labels is not None:
                self.labels += class_indices(batch.labels, scores.shape[0])

    @property
    def accuracy(self) -> float | None:
        """The share of samples whose prediction equals the label, or None if unknown."""
        known = len(self.labels) == len(self.predictions) > 0
        return float(np.mean(np.equal(self.labels, self.predictions))) if known else None
