"""Weights under which the networks of the NIR tests fire."""

import numpy as np

TIME_STEPS = 5


def loud(model):
    """The model with random weights and statistics, under which all neurons fire."""
    rng = np.random.default_rng(4)
    for weight in model.weights:
        low = 0.2 if "variance" in weight.path or "gamma" in weight.path else -0.4
        weight.assign(rng.uniform(low, 0.9, weight.shape))
    return model


def excite(network):
    """Weights under which all neurons of a PyTorch network fire."""
    import torch

    with torch.no_grad():
        for parameter in network.parameters():
            if parameter.ndim == 2:
                parameter.uniform_(-0.1, 0.4)
