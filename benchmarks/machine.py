"""The machine and the versions that a table of measurements names."""

import importlib.metadata
import os
import platform
import re
from pathlib import Path
from typing import Any

PACKAGES = ("keras-snn", "keras", "tensorflow", "torch", "spikingjelly", "snntorch", "numpy")

INTERESTING_FLAGS = ("avx2", "avx512f", "avx512_bf16", "amx_bf16")
"""Instructions that decide how fast float32 and bfloat16 products are."""


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0))


def describe() -> dict[str, Any]:
    """CPU model, cores, memory, instruction sets, versions."""
    return {
        "cpu": cpu_model(),
        "cores": cores(),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "instructions": [flag for flag in INTERESTING_FLAGS if flag in _cpu_field("flags").split()],
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
    path = Path("/proc/cpuinfo")
    lines = path.read_text().splitlines() if path.exists() else []
    for line in lines:
        key, _, value = line.partition(":")
        if key.strip() == name:
            return value.strip()
    return ""
