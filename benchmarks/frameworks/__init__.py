"""The contestants: keras_snn and the other libraries.

A framework is a module with two functions. `start(contestant, threads)` imports it and limits its
thread pools. `build(contestant, workload, mode, dtype)` returns a step, a callable that waits for
its result, and the number of trainable parameters.
"""

import importlib
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from benchmarks.workloads import Workload

LAYERS = frozenset({"lif", "sma", "fsta"})
NETWORKS = frozenset({"vgg8", "ms_resnet18", "fsta_resnet20"})


@dataclass(frozen=True)
class Contestant:
    """Who is measured, and what it can do.

    Args:
        name: Its key in the results.
        title: Its name in the tables.
        module: The module here that runs it.
        kinds, modes: The kinds of workload and the modes that it can do.
        adapter: For PyTorch, the module here with the library's layers.
        folder: For keras_snn, the folder to import it from; None is this tree.
        without: For keras_snn, the fast form of `benchmarks.fast_forms` that is switched off.
        memory_saver: For keras_snn, the form of training of `benchmarks.frameworks.ours`.
    """

    name: str
    title: str
    module: str
    kinds: frozenset[str] = LAYERS | NETWORKS
    modes: frozenset[str] = frozenset({"train", "predict", "epoch"})
    adapter: str | None = None
    folder: Path | None = None
    without: str | None = None
    memory_saver: str | None = None

    def does(self, workload: Workload, mode: str) -> bool:
        return workload.kind in self.kinds and mode in self.modes

    def load(self) -> ModuleType:
        """The module that runs it. Its framework is imported by `start` alone."""
        return importlib.import_module(f"benchmarks.frameworks.{self.module}")


OURS = Contestant("ours", "keras_snn", "ours", LAYERS | NETWORKS | {"stack"})
SPIKINGJELLY = Contestant("spikingjelly", "SpikingJelly", "pytorch", adapter="spikingjelly")
SNNTORCH = Contestant(
    "snntorch", "snnTorch", "pytorch", frozenset({"lif", "vgg8"}), adapter="snntorch"
)

CONTESTANTS = {c.name: c for c in (OURS, SPIKINGJELLY, SNNTORCH)}
