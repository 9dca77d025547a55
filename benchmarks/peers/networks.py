"""The module of a workload, of a peer's layers."""

from collections.abc import Callable
from typing import Any

from torch import nn

from benchmarks.peers.fsta import FSTA
from benchmarks.peers.fsta_resnet import FSTAResNet20
from benchmarks.peers.kit import EVENT, Kit
from benchmarks.peers.ms_resnet import MSResNet18
from benchmarks.peers.sma import SMA
from benchmarks.peers.vgg import VGG8
from benchmarks.workloads import Workload

NETWORKS: dict[str, Callable[..., Any]] = {
    "vgg8": VGG8,
    "ms_resnet18": MSResNet18,
    "fsta_resnet20": FSTAResNet20,
}


class MeanLogits(nn.Module):
    """A network's logits, averaged over time where they come per time step."""

    def __init__(self, network: nn.Module):
        super().__init__()
        self.network = network

    def forward(self, x: Any) -> Any:
        logits = self.network(x)
        return logits.mean(0) if logits.ndim == 3 else logits


def network(kit: Kit, workload: Workload) -> MeanLogits:
    """A network with (batch, classes) as output."""
    build = NETWORKS[workload.kind]
    channels = workload.frames[-1]
    return MeanLogits(build(kit, workload.time_steps, channels, **workload.arguments))


def layer(kit: Kit, workload: Workload) -> Any:
    """One layer alone."""
    channels = workload.frames[-1]
    layers: dict[str, Callable[[], Any]] = {
        "lif": lambda: kit.neuron(EVENT),
        "sma": lambda: SMA(kit, workload.time_steps, channels),
        "fsta": lambda: FSTA(kit, workload.time_steps, channels),
    }
    return layers[workload.kind]()
