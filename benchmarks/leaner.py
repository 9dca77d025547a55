"""What the ways to train with less memory save and cost, against plain training.

    python -m benchmarks.leaner [--only NAME ...] [--rounds 5] [--output FILE]

A training step of a network plain, then in a form of `keras_snn.training`, each in a process of
its own: peak memory above the imported framework and time, over those of plain
training. Writes a table of Markdown.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks import machine, quiet
from benchmarks.cases import OURS, PATIENCE, Case, measure
from benchmarks.growth import stack
from benchmarks.ratio import ratio_of
from benchmarks.results import FOLDER, listing, table
from benchmarks.workloads import VGG, Workload

LONG = stack(time_steps=128)

ROWS: dict[str, tuple[Workload, dict[str, Any]]] = {
    "SMA-VGG8 (16, 10, 48, 48, 2), rematerialized": (
        Workload("sma_vgg8", "vgg8", 16, (10, 48, 48, 2), 10, arguments=VGG),
        {"rematerialize": True},
    ),
    "SMA-ResNet18 (16, 6, 64, 64, 3), rematerialized": (
        Workload("sma_resnet18", "ms_resnet18", 16, (64, 64, 3), 6, arguments={"classes": 10}),
        {"rematerialize": True},
    ),
    "3 blocks (8, 128, 24, 24, 2), rematerialized": (LONG, {"rematerialize": True}),
    "3 blocks (8, 128, 24, 24, 2), windows of 16": (LONG, {"window": 16}),
}
"""A network, and what makes it lean."""


def compare(workload: Workload, lean: dict[str, Any], rounds: int, patience: float) -> list[str]:
    """Columns of a row: both memories, their ratio, the ratio of the times, the load by others."""
    changed = Workload(**{**vars(workload), "arguments": {**workload.arguments, **lean}})
    cases = [Case(each, "train", "float32") for each in (workload, changed)]
    for case in cases:
        measure(case, [OURS], rounds, machine.cores(), patience)
        if OURS not in case.measured:
            raise RuntimeError(case.absent[OURS])
    plain, leaner = (case.measured[OURS] for case in cases)
    load = max(case.disturbance for case in cases)
    memory = [figures.peak_bytes / 2**20 for figures in (plain, leaner)]
    columns = [f"{mib:.0f} MiB" for mib in memory]
    time = str(ratio_of(leaner.seconds, plain.seconds))
    return [*columns, f"{memory[1] / memory[0]:.2f}", time, _mark(load)]


def _mark(load: float) -> str:
    return f"others took {load:.2f} cores" if load >= quiet.LIMIT else "quiet"


def main(argv: Sequence[str] | None = None) -> None:
    """Measures the rows and writes the table."""
    arguments = argparse.ArgumentParser("benchmarks.leaner", description=__doc__.split("\n")[0])
    arguments.add_argument("--only", nargs="+", metavar="NAME", help="rows by a part of the name")
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--patience", type=float, default=PATIENCE)
    arguments.add_argument("--output", type=Path, help="the Markdown file")
    options = arguments.parse_args(argv)
    head = ["training step", "plain", "leaner", "memory", "time", "machine"]
    rows = []
    for name, (workload, lean) in ROWS.items():
        if options.only and not any(part in name for part in options.only):
            continue
        rows.append([name, *compare(workload, lean, options.rounds, options.patience)])
        print(" | ".join(rows[-1]), flush=True)
    path = options.output or FOLDER / f"leaner-{machine.slug(machine.cpu_model())}.md"
    about = listing(machine.describe())
    path.write_text(f"# Training with less memory\n\n{about}\n\n{table(head, rows)}")


if __name__ == "__main__":
    main()
