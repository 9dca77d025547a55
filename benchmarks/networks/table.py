"""The module of a workload, of a library's layers."""

from collections.abc import Callable
from typing import Any

from torch import nn

from benchmarks.networks.adapter import EVENT, Adapter
from benchmarks.networks.fsta import FSTA
from benchmarks.networks.ms_resnet import MSResNet
from benchmarks.networks.sma import SMA
from benchmarks.networks.spiking_resnet import SpikingResNet
from benchmarks.networks.vgg import VGG8
from benchmarks.workloads import Workload

NETWORKS: dict[str, Callable[..., Any]] = {
    "vgg8": VGG8,
    "ms_resnet18": MSResNet,
    "fsta_resnet20": SpikingResNet,
}


class MeanLogits(nn.Module):
    """A network's logits, averaged over time where they come per time step."""

    def __init__(self, network: nn.Module):
        super().__init__()
        self.network = network

    def forward(self, x: Any) -> Any:
        logits = self.network(x)
        return logits.mean(0) if logits.ndim == 3 else logits


def network(adapter: Adapter, workload: Workload) -> MeanLogits:
    """A network with (batch, classes) as output."""
    build = NETWORKS[workload.kind]
    channels = workload.frames[-1]
    return MeanLogits(build(adapter, workload.time_steps, channels, **workload.arguments))


def layer(adapter: Adapter, workload: Workload) -> Any:
    """One layer alone."""
    channels = workload.frames[-1]
    layers: dict[str, Callable[[], Any]] = {
        "lif": lambda: adapter.neuron(EVENT),
        "sma": lambda: SMA(adapter, workload.time_steps, channels),
        "fsta": lambda: FSTA(workload.time_steps, channels),
    }
    return layers[workload.kind]()
