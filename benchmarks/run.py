"""keras_snn against SpikingJelly, snnTorch and the bare products, in one run.

    python -m benchmarks                        every row, half an hour or more
    python -m benchmarks --quick                some rows, few rounds
    python -m benchmarks --only lif sma_vgg8_48 --dtype bfloat16 --rounds 5

Every subject runs in a process of its own with as many threads as there are cores. Only one
computes at a time, and they take turns. A round waits for a quiet machine; a row that other
processes disturbed all the same is marked. A peer that is not installed is left out and named
under the table. Results land in benchmarks/results/,
after every case, as JSON, Markdown and a plot; rows of an earlier run of the same day stay.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks import machine, plot, quiet, results
from benchmarks.cases import FLOOR, OURS, PATIENCE, Case, measure
from benchmarks.subjects import SUBJECTS
from benchmarks.workloads import WORKLOADS, Workload, select

DTYPES = ("float32", "bfloat16")
MODES = ("train", "predict", "epoch")
ROUNDS, QUICK_ROUNDS = 11, 5


def parser() -> argparse.ArgumentParser:
    """The command's arguments."""
    lines = argparse.RawDescriptionHelpFormatter
    arguments = argparse.ArgumentParser("benchmarks", description=__doc__, formatter_class=lines)
    arguments.add_argument("--quick", action="store_true", help="fewer rows and rounds")
    names = ", ".join(row.name for row in WORKLOADS)
    arguments.add_argument("--only", nargs="+", metavar="NAME", help=f"rows, by start: {names}")
    arguments.add_argument("--mode", nargs="+", choices=MODES, default=list(MODES))
    arguments.add_argument("--dtype", nargs="+", choices=DTYPES, default=list(DTYPES))
    arguments.add_argument("--subject", nargs="+", choices=list(SUBJECTS), help="default: all")
    arguments.add_argument("--rounds", type=int, help=f"default {ROUNDS}, quick {QUICK_ROUNDS}")
    arguments.add_argument("--threads", type=int, default=machine.cores(), help="default: cores")
    waits = f"seconds a case waits for a quiet machine, default {PATIENCE:.0f}"
    arguments.add_argument("--patience", type=float, default=PATIENCE, help=waits)
    arguments.add_argument("--output", type=Path, help="the JSON file of results")
    return arguments


def cases(rows: Sequence[Workload], modes: Sequence[str], dtypes: Sequence[str]) -> Iterator[Case]:
    """Every case of the rows."""
    for row in rows:
        for mode in row.modes:
            for dtype in dtypes:
                if mode in modes:
                    yield Case(row, mode, dtype)


def summary(case: Case) -> str:
    """One line for the terminal."""
    if OURS not in case.measured:
        return f"{case.key}: {case.absent.get(OURS, 'ours was not measured')}"
    parts = [f"ours {case.measured[OURS].to_config()['median_seconds'] * 1e3:.1f} ms"]
    for peer in results.PEERS:
        if (ratio := case.ratio(peer, OURS)) is not None:
            parts.append(f"{SUBJECTS[peer].title} / ours {ratio}")
    if (ratio := case.ratio(OURS, FLOOR)) is not None:
        parts.append(f"ours / floor {ratio}")
    if case.disturbance >= quiet.LIMIT:
        parts.append(f"DISTURBED, others took {case.disturbance:.2f} cores")
    if case.differing:
        parts.append(f"PARAMETERS DIFFER {case.differing}")
    return f"{case.key}: {', '.join(parts)}"


def main(argv: Sequence[str] | None = None) -> None:
    """Runs the cases and writes the results after each."""
    options = parser().parse_args(argv)
    try:
        rows = select(options.only, options.quick)
    except ValueError as error:
        sys.exit(str(error))
    rounds = options.rounds or (QUICK_ROUNDS if options.quick else ROUNDS)
    path = options.output or results.default_path(options.quick)
    done = results.read(path)
    for case in cases(rows, options.mode, options.dtype):
        measure(case, options.subject, rounds, options.threads, options.patience)
        done[case.key] = case
        print(summary(case), *case.absent.values(), sep="\n  ", flush=True)
        results.write(path, done.values())
    _save_plot(path.with_suffix(".png"), list(done.values()))
    print(f"Results: {path.with_suffix('.md')}")


def _save_plot(path: Path, done: list[Case]) -> None:
    try:
        plot.save(path, done)
    except ModuleNotFoundError as error:
        print(f"No plot: {error}; it needs pip install matplotlib")
