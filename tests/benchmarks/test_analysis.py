"""The measurement of the analysis runs."""

import numpy as np

from benchmarks import analysis
from tests.applications.miniatures import miniature


def test_every_analysis_is_compared_with_predict():
    model = miniature("VGG8")
    found = analysis.multiples(model, np.ones((3, *model.input_shape[1:]), "float32"), rounds=1)
    assert list(found) == ["firing_rates", "energy", "report"]
    assert all(multiple.median > 0 for multiple in found.values())
