"""snnTorch: Leaky cells in a Python loop over time, on PyTorch."""

from typing import Any

from benchmarks.subjects import torch_steps
from benchmarks.workloads import Workload


def start(threads: int) -> None:
    """Imports PyTorch and snnTorch."""
    torch_steps.start(threads)
    import snntorch  # noqa: F401


def build(workload: Workload, mode: str, dtype: str) -> tuple[Any, int]:
    """The step of a network made of snnTorch's cells."""
    from benchmarks.peers.snntorch_kit import kit

    return torch_steps.build(kit(), workload, mode, dtype)
