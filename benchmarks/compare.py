"""keras_snn against SpikingJelly and snnTorch, or against a commit of itself, in one run.

    python -m benchmarks                        every row, half an hour or more
    python -m benchmarks --quick                some rows, few rounds
    python -m benchmarks --only lif sma_vgg8_48 --dtype bfloat16 --rounds 5
    python -m benchmarks --against REVISION     keras_snn against a commit of itself

Every contestant runs in a process of its own with as many threads as there are cores. Only one
computes at a time, and they take turns. A round waits for a quiet machine; a row that other
processes disturbed all the same is marked. A library that is not installed is left out and named
under the table. Results land in benchmarks/results/, after every case, as JSON and Markdown; rows
of an earlier run of the same day stay.
"""

import argparse
import contextlib
import dataclasses
import io
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks import machine, results
from benchmarks.cases import Case, measure
from benchmarks.frameworks import CONTESTANTS, OURS, Contestant
from benchmarks.workloads import WORKLOADS, select

DTYPES = ("float32", "bfloat16")
MODES = ("train", "predict", "epoch")
ROUNDS, QUICK_ROUNDS = 11, 5
ROOT = Path(__file__).resolve().parents[1]


def parser() -> argparse.ArgumentParser:
    """The command's arguments."""
    lines = argparse.RawDescriptionHelpFormatter
    arguments = argparse.ArgumentParser("benchmarks", description=__doc__, formatter_class=lines)
    results.add_common_arguments(arguments, rounds=f"default {ROUNDS}, quick {QUICK_ROUNDS}")
    names = ", ".join(row.name for row in WORKLOADS)
    arguments.add_argument("--only", nargs="+", metavar="NAME", help=f"rows, by start: {names}")
    arguments.add_argument("--mode", nargs="+", choices=MODES, default=list(MODES))
    arguments.add_argument("--dtype", nargs="+", choices=DTYPES, default=list(DTYPES))
    contestants = list(CONTESTANTS)
    arguments.add_argument("--contestant", nargs="+", choices=contestants, default=contestants)
    arguments.add_argument("--threads", type=int, default=machine.cores(), help="default: cores")
    arguments.add_argument("--against", metavar="REVISION", help="a commit to compare with")
    return arguments


@contextlib.contextmanager
def revision(name: str) -> Iterator[Contestant]:
    """keras_snn of a commit, in a folder that lasts as long."""
    command = ["git", "-C", str(ROOT), "archive", name, "keras_snn"]
    archive = subprocess.run(command, check=True, capture_output=True).stdout
    with tempfile.TemporaryDirectory() as folder, tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        tar.extractall(folder, filter="data")
        yield dataclasses.replace(OURS, name="against", title=name, folder=Path(folder))


def summary(case: Case, contestants: Sequence[Contestant]) -> str:
    """One line for the terminal."""
    if OURS.name not in case.measured:
        return f"{case.key}: {case.absent.get(OURS.name, 'ours was not measured')}"
    parts = [f"ours {case.measured[OURS.name].median * 1e3:.1f} ms"]
    for other in contestants:
        ratio = case.ratio(other.name, OURS.name)
        if other != OURS and ratio is not None:
            parts.append(f"{other.title} / ours {ratio}")
    if case.disturbance >= machine.QUIET:
        parts.append(f"DISTURBED, others took {case.disturbance:.2f} cores")
    if case.differing:
        parts.append(f"PARAMETERS DIFFER {case.differing}")
    return f"{case.key}: {', '.join(parts)}"


def run(options: argparse.Namespace, contestants: Sequence[Contestant]) -> None:
    """Measures the cases and writes the results after each."""
    rounds = options.rounds or (QUICK_ROUNDS if options.quick else ROUNDS)
    against = [contestant.title for contestant in contestants if contestant.folder]
    path = options.output or results.default_path("-quick" * options.quick, *against)
    done = results.read(path)
    for row in select(options.only, options.quick):
        for mode in [mode for mode in row.modes if mode in options.mode]:
            for dtype in options.dtype:
                how = rounds, options.threads, options.patience
                case = measure(row, mode, dtype, contestants, *how)
                done[case.key] = case
                print(summary(case, contestants), *case.absent.values(), sep="\n  ", flush=True)
                results.write(path, done.values(), contestants)
    print(f"Results: {path.with_suffix('.md')}")


def main(argv: Sequence[str] | None = None) -> None:
    """Compares with the other libraries, or with a commit."""
    options = parser().parse_args(argv)
    try:
        select(options.only, options.quick)
    except ValueError as error:
        sys.exit(str(error))
    if options.against is None:
        run(options, [CONTESTANTS[name] for name in options.contestant])
        return
    with revision(options.against) as before:
        run(options, [OURS, before])
