"""The contestants: keras_snn and the other libraries.

Each is run by a module with a function `build(contestant, workload, mode, dtype)`. It returns a
step, which is a callable that waits for its result, and the number of trainable parameters.
Importing the module imports the framework; its `start(contestant, threads)` limits the threads.
"""

import importlib
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from benchmarks.workloads import LAYERS, NETWORKS, Workload


@dataclass(frozen=True)
class Contestant:
    """A library or a form of it, and the workloads that it can run.

    Args:
        name: Its key in the results.
        title: Its name in the tables.
        module: The module of this package that runs it.
        kinds: The kinds of workload that it can run.
        adapter: For PyTorch, the module of this package with the layers of the library.
        folder: For keras_snn, the folder to import it from; None is this tree.
        without: For keras_snn, the fast form of `benchmarks.fast_forms` that is switched off.
        memory_saver: For keras_snn, "rematerialize" or "windows of N".
        backend: For keras_snn, that of Keras.
    """

    name: str
    title: str
    module: str
    kinds: frozenset[str] = LAYERS | NETWORKS
    adapter: str | None = None
    folder: Path | None = None
    without: str | None = None
    memory_saver: str | None = None
    backend: str = "tensorflow"

    def load(self) -> ModuleType:
        """Imports the module that runs it, and with it the framework."""
        return importlib.import_module(f"benchmarks.frameworks.{self.module}")

    def does(self, workload: Workload) -> bool:
        """Tells whether it can run a workload."""
        return workload.kind in self.kinds


OURS = Contestant("ours", "keras_snn", "ours", LAYERS | NETWORKS | {"stack"})
SPIKINGJELLY = Contestant("spikingjelly", "SpikingJelly", "pytorch", adapter="spikingjelly")
SNNTORCH = Contestant(
    "snntorch", "snnTorch", "pytorch", frozenset({"lif", "vgg8"}), adapter="snntorch"
)
OURS_ON_JAX, OURS_ON_PYTORCH = (
    Contestant(f"ours_{backend}", f"keras_snn on {title}", "backends", NETWORKS, backend=backend)
    for backend, title in (("jax", "JAX"), ("torch", "PyTorch"))
)
USUAL = (OURS, SPIKINGJELLY, SNNTORCH)
CONTESTANTS = {each.name: each for each in (*USUAL, OURS_ON_JAX, OURS_ON_PYTORCH)}
