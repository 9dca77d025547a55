"""Resident memory of this process, and its peak from a chosen moment on."""

import contextlib
import resource
from pathlib import Path


def resident() -> int:
    """Bytes resident now."""
    return _status("VmRSS")


def forget_peak() -> None:
    """Lets the peak start from now, where the system allows it; else it counts from the start."""
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


def peak() -> int:
    """Bytes resident at the peak."""
    return _status("VmHWM") or resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _status(name: str) -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) * 1024
    return 0
