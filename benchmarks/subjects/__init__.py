"""Who is measured: ours, the peers, and the floor.

A subject is a module with two functions: `start(threads)` imports its framework and limits its
thread pools, `build(workload, mode, dtype)` returns a step, a callable that waits for its result,
and the number of trainable parameters (0 where there are none to count).
"""

import importlib
from dataclasses import dataclass
from types import ModuleType

from benchmarks.workloads import Workload


@dataclass(frozen=True)
class Subject:
    """A row: the module, how tables call it, and the kinds of workload that it can do."""

    module: str
    title: str
    kinds: frozenset[str]
    modes: frozenset[str] = frozenset({"train", "predict", "epoch"})
    peer: bool = False

    def does(self, workload: Workload, mode: str) -> bool:
        return workload.kind in self.kinds and mode in self.modes


LAYERS = frozenset({"lif", "sma", "fsta"})
NETWORKS = frozenset({"vgg8", "ms_resnet18", "fsta_resnet20"})
STEPS = frozenset({"train", "predict"})

SUBJECTS: dict[str, Subject] = {
    "ours": Subject("ours", "keras_snn", LAYERS | NETWORKS | {"stack"}),
    "spikingjelly": Subject("spikingjelly_peer", "SpikingJelly", LAYERS | NETWORKS, peer=True),
    "snntorch": Subject("snntorch_peer", "snnTorch", frozenset({"lif", "vgg8"}), peer=True),
    "floor": Subject("floor", "floor", LAYERS | NETWORKS, STEPS),
    "floor_torch": Subject("floor_torch", "floor in PyTorch", LAYERS | NETWORKS, STEPS),
}


def load(name: str) -> ModuleType:
    """The subject's module. Its framework is imported by `start` alone."""
    return importlib.import_module(f"benchmarks.subjects.{SUBJECTS[name].module}")


def doing(workload: Workload, mode: str, names: list[str] | None = None) -> list[str]:
    """Names of the subjects that can do a workload in a mode, of the given ones if any."""
    return [
        name
        for name, subject in SUBJECTS.items()
        if subject.does(workload, mode) and (names is None or name in names)
    ]
