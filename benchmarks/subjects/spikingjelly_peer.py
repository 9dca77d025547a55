"""SpikingJelly: its multi-step layers and LIFNode, on PyTorch."""

from typing import Any

from benchmarks.subjects import torch_steps
from benchmarks.workloads import Workload


def start(threads: int) -> None:
    """Imports PyTorch and SpikingJelly."""
    torch_steps.start(threads)
    import spikingjelly.activation_based.layer
    import spikingjelly.activation_based.neuron  # noqa: F401


def build(workload: Workload, mode: str, dtype: str) -> tuple[Any, int]:
    """The step of a network made of SpikingJelly's layers."""
    from benchmarks.peers.spikingjelly_kit import kit

    return torch_steps.build(kit(), workload, mode, dtype)
