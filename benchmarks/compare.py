"""Compares keras_snn with SpikingJelly and snnTorch, or with a commit of itself, in one run.

    python -m benchmarks                        every row, half an hour or more
    python -m benchmarks --quick                some rows, few rounds
    python -m benchmarks --only lif sma_vgg8_48 --dtype bfloat16 --rounds 5
    python -m benchmarks --only sma_vgg8_48 --contestant ours ours_jax ours_torch spikingjelly
    python -m benchmarks --against REVISION     keras_snn against a commit of itself

Every contestant runs in a process of its own, with as many threads as there are cores. They take
turns, so that only one computes at a time. A round waits for a quiet machine, and a row that other
processes disturbed nevertheless is marked. A library that is not installed is left out and named
below the table. The results are written to benchmarks/results/ after every case, as JSON and
Markdown; rows of an earlier run on the same day are kept.
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
from benchmarks.cases import Case, measure, measure_both_ways
from benchmarks.frameworks import CONTESTANTS, OURS, USUAL, Contestant
from benchmarks.workloads import WORKLOADS, select

MODES = ("train", "predict", "epoch")
ROUNDS, QUICK_ROUNDS = 11, 5
ROOT = Path(__file__).resolve().parents[1]


def parser() -> argparse.ArgumentParser:
    """Returns the arguments of the command."""
    arguments = results.parser("", __doc__, f"default {ROUNDS}, quick {QUICK_ROUNDS}")
    names = ", ".join(row.name for row in WORKLOADS)
    choices = {"mode": MODES, "dtype": results.DTYPES, "contestant": tuple(CONTESTANTS)}
    arguments.add_argument("--only", nargs="+", metavar="NAME", help=f"rows, by start: {names}")
    usual = {**choices, "contestant": [contestant.name for contestant in USUAL]}
    for name, values in choices.items():
        arguments.add_argument(f"--{name}", nargs="+", choices=values, default=list(usual[name]))
    arguments.add_argument("--threads", type=int, default=machine.cores(), help="default: cores")
    arguments.add_argument("--against", metavar="REVISION", help="a commit to compare with")
    return arguments


@contextlib.contextmanager
def revision(name: str) -> Iterator[Contestant]:
    """Unpacks keras_snn of a commit into a folder that is deleted at the end of the context."""
    command = ["git", "-C", str(ROOT), "archive", name, "keras_snn"]
    archive = subprocess.run(command, check=True, capture_output=True).stdout
    with tempfile.TemporaryDirectory() as folder, tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        tar.extractall(folder, filter="data")
        yield dataclasses.replace(OURS, name="against", title=name, folder=Path(folder))


def summary(case: Case, contestants: Sequence[Contestant]) -> str:
    """Returns one line for the terminal."""
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
    done, measured = results.read(path), measure_both_ways if against else measure
    for row in select(options.only, options.quick):
        for mode in [mode for mode in row.modes if mode in options.mode]:
            for dtype in options.dtype:
                how = rounds, options.threads, options.patience
                case = measured(row, mode, dtype, contestants, *how)
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
