"""Results of a run: read, merged, written as JSON, Markdown and a plot."""

import json
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

from benchmarks import machine, quiet
from benchmarks.cases import FLOOR, MIN_SECONDS, OURS, Case
from benchmarks.subjects import SUBJECTS

FOLDER = Path(__file__).resolve().parent / "results"

PEERS = tuple(name for name, subject in SUBJECTS.items() if subject.peer)


def default_path(quick: bool) -> Path:
    """`results/<date>-<cpu model>[-quick].json`."""
    name = f"{date.today().isoformat()}-{machine.slug(machine.cpu_model())}"
    return FOLDER / f"{name}{'-quick' * quick}.json"


def read(path: Path) -> dict[str, Case]:
    """The cases of an earlier run, by their key; none where there is no file."""
    if not path.exists():
        return {}
    cases = [Case.from_config(config) for config in json.loads(path.read_text())["cases"]]
    return {case.key: case for case in cases}


def write(path: Path, cases: Iterable[Case]) -> None:
    """Writes `path` and, beside it, the Markdown table."""
    cases = list(cases)
    path.parent.mkdir(parents=True, exist_ok=True)
    about = {**machine.describe(), "date": date.today().isoformat()}
    content = {"machine": about, "cases": [case.to_config() for case in cases]}
    path.write_text(json.dumps(content, indent=1) + "\n")
    path.with_suffix(".md").write_text(markdown(about, cases))


def markdown(about: dict[str, Any], cases: list[Case]) -> str:
    """Machine, table of times, table of memory and first steps, what was absent."""
    parts = [
        "# Speed and memory\n",
        listing(about),
        "## Times\n",
        "Peer / ours: how many times longer the peer takes; median over the rounds of the ratio "
        "within a round, with its quartiles. A turn of a round repeats the step for "
        f"{MIN_SECONDS:.0f} seconds at least. The floor of a network is its bare convolutions and "
        "matrix products, that of LIF a copy of its tensor. `best` is the ratio of the fastest "
        "rounds. Rows marked as disturbed prove nothing: other processes held a core, which slows "
        "PyTorch more than TensorFlow.\n",
        times(cases),
        "## Memory and first step\n",
        "Peak memory above the imported framework; seconds from the imported framework to the end "
        "of the first step, the building of the network included.\n",
        resources(cases),
        _absences(cases),
        _differences(cases),
    ]
    return "\n".join(part for part in parts if part) + "\n"


def times(cases: list[Case]) -> str:
    """The table of times and ratios."""
    header = ["workload (batch, T, h, w, c)", "mode", "dtype", "rounds", "ours, ms"]
    header += [f"{SUBJECTS[peer].title} / ours" for peer in PEERS]
    header += ["ours / floor", "floor in PyTorch / floor", "load by others, cores"]
    return table(header, [_times_row(case) for case in cases if OURS in case.measured])


def _times_row(case: Case) -> list[str]:
    milliseconds = case.measured[OURS].to_config()["median_seconds"] * 1e3
    pairs = [*((peer, OURS) for peer in PEERS), (OURS, FLOOR), ("floor_torch", FLOOR)]
    rounds = str(len(case.measured[OURS].seconds))
    row = [case.workload.label, case.mode, case.dtype, rounds, f"{milliseconds:.1f}"]
    load = f"{case.disturbance:.2f}{' (disturbed)' * (case.disturbance >= quiet.LIMIT)}"
    return [*row, *(_shown(case, *pair) for pair in pairs), load]


def resources(cases: list[Case]) -> str:
    """The table of peak memory and of first steps."""
    header = ["workload", "mode", "dtype", "ours, MiB"]
    header += [f"ours / {SUBJECTS[peer].title}" for peer in PEERS]
    header += ["ours, s to first step", *(f"{SUBJECTS[peer].title}, s" for peer in PEERS)]
    return table(header, [_resources_row(case) for case in cases if OURS in case.measured])


def _resources_row(case: Case) -> list[str]:
    row = [case.workload.name, case.mode, case.dtype]
    row.append(f"{case.measured[OURS].peak_bytes / 2**20:.0f}")
    shares = [case.memory_ratio(OURS, peer) for peer in PEERS]
    row += ["" if share is None else f"{share:.2f}" for share in shares]
    seen = [case.measured.get(name) for name in (OURS, *PEERS)]
    return row + ["" if figures is None else f"{figures.to_first_step:.1f}" for figures in seen]


def table(header: list[str], rows: list[list[str]]) -> str:
    """A Markdown table, and an empty line."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def _absences(cases: list[Case]) -> str:
    reasons = sorted({reason for case in cases for reason in case.absent.values()})
    return "## Absent\n\n" + "\n".join(f"- {reason}" for reason in reasons) if reasons else ""


def _differences(cases: list[Case]) -> str:
    rows = [f"- {case.key}: {case.differing}" for case in cases if case.differing]
    return "## Networks of different size, not comparable\n\n" + "\n".join(rows) if rows else ""


def _shown(case: Case, numerator: str, denominator: str) -> str:
    """Median, quartiles and best; nothing where a subject is absent."""
    ratio, best = case.ratio(numerator, denominator), case.fastest(numerator, denominator)
    return "" if ratio is None else f"{ratio}, best {best:.2f}"


def listing(about: dict[str, Any]) -> str:
    """A Markdown list of names and values."""
    return "\n".join(f"- {key}: {_listed(value)}" for key, value in about.items())


def _listed(value: Any) -> str:
    return ", ".join(value) if isinstance(value, list) else str(value)
