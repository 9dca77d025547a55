"""What a classifier predicts during a pass, and the first samples to show."""

from typing import Any

import numpy as np
from keras import ops

from keras_snn.analysis.importance import class_indices
from keras_snn.analysis.recording import Batch, Call

SHOWN = 12
"""Samples in the gallery."""


class Outcomes:
    """An observer of the whole model that keeps labels, predictions and the first samples.

    Attributes:
        labels: Classes (samples,), empty where the data have no labels.
        predictions: Predicted classes (samples,), empty where outputs are no scores of classes.
        samples: The first inputs, None where there are several inputs.
    """

    def __init__(self) -> None:
        self.labels: list[int] = []
        self.predictions: list[int] = []
        self.samples: np.ndarray | None = None

    def watched(self, model: Any) -> dict[str, Any]:
        return {}

    def observe(self, call: Call) -> None:
        pass

    def end_batch(self, batch: Batch) -> None:
        scores = batch.outputs
        if len(getattr(scores, "shape", ())) == 3:  # (batch, time, classes)
            scores = ops.mean(scores, axis=1)
        if len(getattr(scores, "shape", ())) == 2 and scores.shape[1] > 1:
            self.predictions += ops.convert_to_numpy(ops.argmax(scores, axis=-1)).tolist()
            if batch.labels is not None:
                self.labels += class_indices(batch.labels, scores.shape[0])
        if hasattr(batch.inputs, "shape"):
            self._keep(ops.convert_to_numpy(batch.inputs[:SHOWN]))

    def _keep(self, inputs: np.ndarray) -> None:
        if self.samples is None:
            self.samples = inputs
        elif len(self.samples) < SHOWN:
            self.samples = np.concatenate([self.samples, inputs])[:SHOWN]

    @property
    def accuracy(self) -> float | None:
        """The share of samples whose prediction is the label, None if unknown."""
        known = len(self.labels) == len(self.predictions) > 0
        return float(np.mean(np.equal(self.labels, self.predictions))) if known else None

    def is_drawable(self) -> bool:
        """Tells whether the samples are event frames or images."""
        shape = () if self.samples is None else self.samples.shape
        return (len(shape) == 5 and shape[-1] == 2) or (len(shape) == 4 and shape[-1] in (1, 3))
