"""The machine and the versions of a measurement, and the load by other processes."""

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
"""Instructions on which the speed of products in float32 and bfloat16 depends."""

QUIET = 0.15
"""Cores that others may take. On an idle machine it is about 0.03, beside a busy process 1."""

SAMPLE = 0.5
"""Seconds over which the load is measured while waiting."""


def cores() -> int:
    """Returns the number of cores that this process may use."""
    return len(os.sched_getaffinity(0))


def describe() -> dict[str, Any]:
    """Returns CPU model, cores, memory, instruction sets and versions."""
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
    """Turns text into a part of a file name."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def version(package: str) -> str:
    """Returns the installed version, or "absent"."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "absent"


def _cpu_field(name: str) -> str:
    """Returns a field of Linux's description of the CPU, which psutil does not have."""
    path = Path("/proc/cpuinfo")
    text = path.read_text() if path.exists() else ""
    found = re.search(rf"^{name}\s*:\s*(.*)$", text, re.M)
    return found[1] if found else ""


def peak_bytes() -> int:
    """Returns the peak memory of this process so far.

    On Linux it is read from /proc, because `getrusage` starts with the memory of the process that
    started this one.
    """
    status = Path("/proc/self/status")
    found = re.search(r"^VmHWM:\s*(\d+) kB$", status.read_text() if status.exists() else "", re.M)
    kib = int(found[1]) if found else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return kib * 1024


class Load:
    """Measures how many cores other processes take, from its construction on.

    Taking turns is not enough for a fair comparison on a busy machine: if another process holds a
    core, PyTorch's threads (GNU OpenMP) spin at barriers and become tens of times slower, while
    TensorFlow slows down only in proportion.

    Args:
        pids: Our own processes besides this one.
    """

    def __init__(self, pids: Iterable[int] = ()) -> None:
        self.processes = [psutil.Process(pid) for pid in (os.getpid(), *pids)]
        self.start, self.taken = time.perf_counter(), self._taken()

    def by_others(self) -> float:
        """Returns the cores that others took, including stolen time of a virtual machine."""
        return max(0.0, self._taken() - self.taken) / (time.perf_counter() - self.start)

    def _taken(self) -> float:
        times = psutil.cpu_times()
        busy = times.user + times.nice + times.system + times.irq + times.softirq + times.steal
        return busy - sum(cpu_seconds(process) for process in self.processes)


def cpu_seconds(process: psutil.Process) -> float:
    """Returns the seconds that all threads of a process have computed."""
    times = process.cpu_times()
    return times.user + times.system


def wait_until_quiet(pids: Iterable[int], patience: float) -> float:
    """Sleeps until others take little, at most `patience` seconds; returns the rest of them."""
    pids = list(pids)
    while patience > 0:
        load = Load(pids)
        time.sleep(SAMPLE)
        patience -= SAMPLE
        if load.by_others() < QUIET:
            break
    return patience
