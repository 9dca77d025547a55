"""Small networks in float64: logits, gradients and statistics."""

import numpy as np

from tests.applications.miniatures import inputs, liven, miniature
from tests.fidelity.derivatives import derivatives

NETWORKS = {
    "SMAVGG8": {},  # in inference: in training it drops features at random
    "MSResNet18": {"training": True},
    "FSTAResNet20": {"training": True},
}


def network(name):
    """The derivatives of the miniature of a network."""
    model = liven(miniature(name, classifier_activation=None))
    rng = np.random.default_rng(8)
    for matrix in (weight for weight in model.weights if weight.name == "time_kernel"):
        matrix.assign(rng.normal(0.0, 0.4, matrix.shape))
    return derivatives(model, inputs(model), **NETWORKS[name])
