"""The machine and the versions that a table of measurements names, and who else uses it."""

import importlib.metadata
import os
import platform
import re
import resource
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import psutil

PACKAGES = ("keras-snn", "keras", "tensorflow", "torch", "spikingjelly", "snntorch", "numpy")

INTERESTING_FLAGS = ("avx2", "avx512f", "avx512_bf16", "amx_bf16")
"""Instructions that decide how fast float32 and bfloat16 products are."""

QUIET = 0.15
"""Cores that others may take. An idle machine shows about 0.03, another busy process 1."""

SAMPLE = 0.5
"""Seconds over which the load is sampled while waiting."""


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0))


def describe() -> dict[str, Any]:
    """CPU model, cores, memory, instruction sets, versions."""
    flags = _cpu_field("flags").split()
    return {
        "cpu": cpu_model(),
        "cores": cores(),
        "memory_gib": round(psutil.virtual_memory().total / 2**30, 1),
        "instructions": ", ".join(flag for flag in INTERESTING_FLAGS if flag in flags),
        "python": platform.python_version(),
        **{package: version(package) for package in PACKAGES},
    }


def cpu_model() -> str:
    return _cpu_field("model name") or platform.processor() or "unknown CPU"


def slug(text: str) -> str:
    """Text as a part of a file name."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def version(package: str) -> str:
    """The installed version, or "absent"."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "absent"


def _cpu_field(name: str) -> str:
    """A field of Linux's description of the CPU, which psutil does not give."""
    path = Path("/proc/cpuinfo")
    text = path.read_text() if path.exists() else ""
    found = re.search(rf"^{name}\s*:\s*(.*)$", text, re.M)
    return found[1] if found else ""


def peak_bytes() -> int:
    """The greatest memory of this process so far.

    Linux's own count is read where there is one: what `getrusage` gives begins with the memory
    of the process that started this one.
    """
    status = Path("/proc/self/status")
    found = re.search(r"^VmHWM:\s*(\d+) kB$", status.read_text() if status.exists() else "", re.M)
    kib = int(found[1]) if found else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return kib * 1024


class Load:
    """Counts, from its construction on, the cores that other processes take.

    Turns alone do not make a comparison fair on a busy machine: PyTorch's threads (GNU OpenMP)
    spin at barriers and become tens of times slower when another process holds a core,
    TensorFlow's only in proportion.

    Args:
        pids: The processes that are ours, besides this one.
    """

    def __init__(self, pids: Iterable[int] = ()) -> None:
        self.processes = [psutil.Process(pid) for pid in (os.getpid(), *pids)]
        self.start, self.taken = time.perf_counter(), self._taken()

    def by_others(self) -> float:
        """Cores that others took, stolen time of a virtual machine included."""
        return max(0.0, self._taken() - self.taken) / (time.perf_counter() - self.start)

    def _taken(self) -> float:
        times = psutil.cpu_times()
        busy = times.user + times.nice + times.system + times.irq + times.softirq + times.steal
        return busy - sum(cpu_seconds(process) for process in self.processes)


def cpu_seconds(process: psutil.Process) -> float:
    """Seconds that a process has computed, all its threads together."""
    times = process.cpu_times()
    return times.user + times.system


def wait_until_quiet(pids: Iterable[int], patience: float) -> float:
    """Sleeps until others take little, at most `patience` seconds; returns what is left."""
    pids = list(pids)
    while patience > 0:
        load = Load(pids)
        time.sleep(SAMPLE)
        patience -= SAMPLE
        if load.by_others() < QUIET:
            break
    return patience
