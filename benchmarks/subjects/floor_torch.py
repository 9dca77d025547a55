"""The floor in PyTorch, to cross-check the one in TensorFlow."""

from typing import Any

from benchmarks.floor import torch_steps as steps
from benchmarks.floor.products import products
from benchmarks.subjects import torch_steps
from benchmarks.workloads import Workload


def start(threads: int) -> None:
    """Imports PyTorch."""
    torch_steps.start(threads)


def build(workload: Workload, mode: str, dtype: str) -> tuple[Any, int]:
    """The step of the bare products, or a copy of the tensor where there is no product."""
    if workload.kind == "lif":
        return steps.copy((workload.batch, *workload.frames), dtype), 0
    return steps.bare(products(workload), dtype, training=mode == "train"), 0
