"""Collects the predictions of a classifier during a pass, and the first samples."""

import numpy as np
from keras import ops

from keras_snn.analysis.calls import Batch
from keras_snn.analysis.predictions import Predictions

SHOWN = 12
"""Number of samples in the gallery."""


class Outcomes(Predictions):
    """An observer that keeps the first samples, labels and predictions.

    Attributes:
        samples: The first inputs, or None if the model has several inputs.
    """

    def __init__(self) -> None:
        super().__init__()
        self.samples: np.ndarray | None = None

    def end_batch(self, batch: Batch) -> None:
        super().end_batch(batch)
        if hasattr(batch.inputs, "shape"):
            self._keep(ops.convert_to_numpy(batch.inputs[:SHOWN]))

    def _keep(self, inputs: np.ndarray) -> None:
        if self.samples is None:
            self.samples = inputs
        elif len(self.samples) < SHOWN:
            self.samples = np.concatenate([self.samples, inputs])[:SHOWN]

    def is_drawable(self) -> bool:
        """Tells whether the samples are event frames or images."""
        shape = () if self.samples is None else self.samples.shape
        return (len(shape) == 5 and shape[-1] == 2) or (len(shape) == 4 and shape[-1] in (1, 3))
