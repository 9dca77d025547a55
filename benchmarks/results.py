"""Arguments that all commands share, and results as JSON and Markdown."""

import argparse
import json
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from benchmarks import machine
from benchmarks.cases import MIN_SECONDS, PATIENCE, Case
from benchmarks.frameworks import OURS, Contestant
from benchmarks.ratio import Spread

FOLDER = Path(__file__).resolve().parent / "results"
DTYPES = ("float32", "bfloat16")

ABOUT_TIMES = f"""\
Other / ours tells how many times as long the other takes: the median over the rounds of the ratio \
within a round, with its quartiles. A turn of a round repeats the step for at least \
{MIN_SECONDS:.0f} seconds. Rows marked as disturbed prove nothing: other processes held a core, \
which slows PyTorch more than TensorFlow.
"""

ABOUT_RESOURCES = """\
Peak memory is above that of the imported framework. Seconds are from the imported framework to \
the end of the first step, including the building of the network.
"""


def parser(command: str, text: str | None, rounds: str) -> argparse.ArgumentParser:
    """Returns the parser of a command, with the arguments that every command has."""
    layout, name = argparse.RawDescriptionHelpFormatter, f"benchmarks {command}".strip()
    arguments = argparse.ArgumentParser(name, description=text, formatter_class=layout)
    add_common_arguments(arguments, rounds)
    return arguments


def add_common_arguments(arguments: argparse.ArgumentParser, rounds: str) -> None:
    """Adds the arguments that every command has."""
    arguments.add_argument("--quick", action="store_true", help="less of everything")
    arguments.add_argument("--rounds", type=int, help=rounds)
    waits = f"seconds a case waits for a quiet machine, default {PATIENCE:.0f}"
    arguments.add_argument("--patience", type=float, default=PATIENCE, help=waits)
    arguments.add_argument("--output", type=Path, help="the file of results")


def default_path(*ends: str) -> Path:
    """Returns `results/<date>-<cpu model><ends>.json`."""
    name = "-".join([date.today().isoformat(), machine.slug(machine.cpu_model()), *ends])
    return FOLDER / f"{name.replace('--', '-').strip('-')}.json"


def read(path: Path) -> dict[str, Case]:
    """Returns the cases of an earlier run by their key, if there is a file."""
    if not path.exists():
        return {}
    cases = [Case.from_config(config) for config in json.loads(path.read_text())["cases"]]
    return {case.key: case for case in cases}


def write(path: Path, cases: Iterable[Case], contestants: Sequence[Contestant]) -> None:
    """Writes `path` and, beside it, the Markdown table."""
    cases = list(cases)
    path.parent.mkdir(parents=True, exist_ok=True)
    about = {**machine.describe(), "date": date.today().isoformat()}
    content = {"machine": about, "cases": [case.to_config() for case in cases]}
    path.write_text(json.dumps(content, indent=1) + "\n")
    path.with_suffix(".md").write_text(markdown(about, cases, contestants))


def markdown(about: dict[str, Any], cases: list[Case], contestants: Sequence[Contestant]) -> str:
    """Returns the machine, the table of times, that of memory and first steps, and absences."""
    shown = [case for case in cases if OURS.name in case.measured]
    others = [c for c in contestants if c != OURS]
    parts = ["# Speed and memory\n", listing(about)]
    parts += ["## Times\n", ABOUT_TIMES, times(shown, others)]
    parts += ["## Memory and first step\n", ABOUT_RESOURCES, resources(shown, others)]
    parts += [_absences(cases), _differences(cases)]
    return "\n".join(part for part in parts if part) + "\n"


def times(cases: list[Case], others: Sequence[Contestant]) -> str:
    """Returns the table of times and ratios."""
    header = ["workload (batch, T, h, w, c)", "mode", "dtype", "rounds", "ours, ms"]
    header += [f"{other.title} / ours" for other in others]
    header.append("load by others, cores")
    rows = []
    for case in cases:
        ours = case.measured[OURS.name]
        rounds, milliseconds = str(len(ours.seconds)), f"{ours.median * 1e3:.1f}"
        load = f"{case.disturbance:.2f}{' (disturbed)' * (case.disturbance >= machine.QUIET)}"
        ratios = [shown(case.ratio(other.name, OURS.name)) for other in others]
        rows.append([case.label, case.mode, case.dtype, rounds, milliseconds, *ratios, load])
    return table(header, rows)


def resources(cases: list[Case], others: Sequence[Contestant]) -> str:
    """Returns the table of peak memory and of first steps."""
    header = ["workload", "mode", "dtype", "ours, MiB"]
    header += [f"ours / {other.title}" for other in others]
    header += ["ours, s to first step", *(f"{other.title}, s" for other in others)]
    rows = []
    for case in cases:
        mib = f"{case.measured[OURS.name].peak_bytes / 2**20:.0f}"
        shares = [case.memory_ratio(OURS.name, other.name) for other in others]
        seen = [case.measured.get(contestant.name) for contestant in (OURS, *others)]
        firsts = ["" if figures is None else f"{figures.to_first_step:.1f}" for figures in seen]
        rows.append([case.name, case.mode, case.dtype, mib, *map(shown, shares), *firsts])
    return table(header, rows)


def table(header: list[str], rows: list[list[str]]) -> str:
    """Returns a table in Markdown, and an empty line."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def shown(ratio: Spread | float | None) -> str:
    """Formats a ratio for a table; nothing if a contestant is absent."""
    return f"{ratio:.2f}" if isinstance(ratio, float) else str(ratio or "")


def _absences(cases: list[Case]) -> str:
    reasons = sorted({reason for case in cases for reason in case.absent.values()})
    return "## Absent\n\n" + "\n".join(f"- {reason}" for reason in reasons) if reasons else ""


def _differences(cases: list[Case]) -> str:
    rows = [f"- {case.key}: {case.differing}" for case in cases if case.differing]
    return "## Networks of different size, not comparable\n\n" + "\n".join(rows) if rows else ""


def listing(about: dict[str, Any]) -> str:
    """Returns a list of names and values in Markdown."""
    return "\n".join(f"- {key}: {value}" for key, value in about.items()) + "\n"
