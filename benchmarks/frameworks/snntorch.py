"""PyTorch's layers on merged time and batch, and snnTorch's Leaky in a loop over time.

Leaky does not scale its input, so the current is scaled before. With `reset_mechanism="zero"` it
resets the membrane at the start of the next step, which gives the spikes of a hard reset. It fires
only above the threshold; the papers' event networks and keras_snn also fire at the threshold.
"""

import functools
from typing import Any

import snntorch
import torch
from snntorch import surrogate
from torch import nn

from benchmarks.networks.adapter import Adapter, Neuron
from benchmarks.networks.over_time import LAYERS


class LeakySequence(nn.Module):
    """Leaky, called once per time step."""

    def __init__(self, constants: Neuron):
        super().__init__()
        self.gain = 1 / constants.tau if constants.decay_input else 1.0
        self.leaky = snntorch.Leaky(
            beta=1 - 1 / constants.tau,
            threshold=constants.v_threshold,
            spike_grad=SURROGATES[constants.surrogate],
            reset_mechanism="zero",
        )

    def forward(self, x: Any) -> Any:
        membrane = torch.zeros_like(x[0])
        spikes = []
        for current in x:
            spike, membrane = self.leaky(current * self.gain, membrane)
            spikes.append(spike.to(current.dtype))  # snnTorch makes them float32
        return torch.stack(spikes)


class TimeDropout(nn.Dropout):
    """One mask for all time steps of a sample."""

    def forward(self, input: Any) -> Any:
        mask = nn.functional.dropout(torch.ones_like(input[0]), self.p, self.training)
        return input * mask


SURROGATES = {"atan": surrogate.atan(alpha=2.0)}


def adapter() -> Adapter:
    """Returns snnTorch's layers. State exists only within a call, so nothing needs a reset."""
    return Adapter(
        **LAYERS,
        flatten=functools.partial(nn.Flatten, start_dim=2),
        linear=nn.Linear,
        dropout=TimeDropout,
        neuron=LeakySequence,
        reset=lambda network: None,
    )
