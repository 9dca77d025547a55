"""How much of the machine other processes took while something was measured.

Turns alone do not make a comparison fair on a busy machine: PyTorch's threads (GNU OpenMP) spin
at barriers and become tens of times slower when another process holds a core, TensorFlow's only
in proportion. A round waits until others take less than `LIMIT` cores, and one during which they
took more is made again.
"""

import os
import time
from collections.abc import Sequence
from pathlib import Path

LIMIT = 0.15
"""Cores. An idle machine shows about 0.03, another busy process 1."""

SAMPLE = 0.5
"""Seconds over which the load is sampled while waiting."""

TICKS = os.sysconf("SC_CLK_TCK")


class Watch:
    """Counts from its construction on.

    Args:
        pids: The processes that are ours.
    """

    def __init__(self, pids: Sequence[int]):
        self.pids = list(pids)
        self.start = time.perf_counter()
        self.busy, self.own = busy_seconds(), self._own()

    def others(self) -> float:
        """Cores that others took, stolen time of a virtual machine included."""
        elapsed = time.perf_counter() - self.start
        others = (busy_seconds() - self.busy) - (self._own() - self.own)
        return max(0.0, others) / elapsed

    def _own(self) -> float:
        return sum(cpu_seconds(pid) for pid in self.pids)


def wait(pids: Sequence[int], patience: float) -> float:
    """Sleeps until the machine is quiet, at most `patience` seconds; returns what is left."""
    while patience > 0:
        watch = Watch(pids)
        time.sleep(SAMPLE)
        patience -= SAMPLE
        if watch.others() < LIMIT:
            break
    return patience


def busy_seconds() -> float:
    """Seconds that all cores were not idle, since the machine started."""
    fields = Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]
    user, nice, system, _idle, _wait, interrupt, soft, steal = map(int, fields)
    return (user + nice + system + interrupt + soft + steal) / TICKS


def cpu_seconds(pid: int) -> float:
    """Seconds that a process has computed, all its threads together."""
    after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(after_name[11]) + int(after_name[12])) / TICKS
