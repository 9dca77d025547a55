"""What each fast form of keras_snn gains, and what the ways to train with less memory cost.

    python -m benchmarks ablation                       every row and form
    python -m benchmarks ablation --quick               three networks, two rounds
    python -m benchmarks ablation --only sma_vgg8_48 --form "spectral convolution"

A training step as it is, and once more with each fast form switched off, in processes of their own
that take turns. Ratios are without / with: above 1 the form gains. Writes a table of Markdown.
"""

import argparse
import dataclasses
from collections.abc import Iterator, Sequence

from benchmarks import machine, results
from benchmarks.cases import Case, measure
from benchmarks.compare import DTYPES
from benchmarks.fast_forms import FORMS
from benchmarks.frameworks import OURS, Contestant
from benchmarks.growth import stack
from benchmarks.workloads import VGG, WORKLOADS, Workload, select

ROUNDS, QUICK_ROUNDS = 5, 2
QUICK_ROWS = ["sma_vgg8_48", "sma_resnet18", "fsta_resnet20"]
LEAST_TIME, LEAST_MEMORY = 1.05, 1.10
"""A form earns its lines where it gains so much."""

LONG = stack(time_steps=128)
SAVERS: list[tuple[Workload, tuple[str, ...]]] = [
    (Workload("sma_vgg8", "vgg8", 16, (10, 48, 48, 2), 10, arguments=VGG), ("rematerialize",)),
    (
        Workload("sma_resnet18", "ms_resnet18", 16, (64, 64, 3), 6, arguments={"classes": 10}),
        ("rematerialize",),
    ),
    (LONG, ("rematerialize", "windows of 16")),
]
"""Networks, and the ways to train each with less memory."""

HEADER = ["training step", "dtype", "changed", "time", "CPU time", "memory", "first step", "load"]


def contestants(forms: Sequence[str]) -> list[Contestant]:
    """keras_snn as it is, and without each form."""
    changed = (dataclasses.replace(OURS, name=f"without {form}", without=form) for form in forms)
    return [OURS, *changed]


def savers(ways: Sequence[str]) -> list[Contestant]:
    """keras_snn as it is, and with each way to save memory."""
    return [OURS, *(dataclasses.replace(OURS, name=way, memory_saver=way) for way in ways)]


def lines(case: Case) -> Iterator[list[str]]:
    """A row for each change: its ratios to keras_snn as it is."""
    ours = case.measured[OURS.name]
    for name, changed in case.measured.items():
        if name != OURS.name:
            ratios = [case.ratio(name, OURS.name, of) for of in ("seconds", "cpu_seconds")]
            first = changed.to_first_step / ours.to_first_step
            shares = [*ratios, case.memory_ratio(name, OURS.name), first]
            load = f"{case.disturbance:.2f}"
            yield [case.label, case.dtype, name, *map(results.shown, shares), load]


def gains(cases: Sequence[Case], form: str) -> list[str]:
    """The rows in which a form gains enough of time or of memory."""
    name, found = f"without {form}", []
    for case in cases:
        time, memory = case.ratio(name, OURS.name), case.memory_ratio(name, OURS.name)
        if time and memory and (time.median >= LEAST_TIME or memory >= LEAST_MEMORY):
            found.append(case.key)
    return found


def verdict(cases: Sequence[Case], form: str) -> str:
    """One sentence on a form."""
    found = gains(cases, form)
    return f"- {form}: gains in {len(found)} of {len(cases)} rows. {', '.join(found)}".rstrip()


def main(argv: Sequence[str] | None = None) -> None:
    """Measures the rows, and writes the table and a verdict on each form."""
    layout = argparse.RawDescriptionHelpFormatter
    arguments = argparse.ArgumentParser(
        "benchmarks ablation", description=__doc__, formatter_class=layout
    )
    results.add_common_arguments(arguments, f"default {ROUNDS}, quick {QUICK_ROUNDS}")
    arguments.add_argument("--only", nargs="*", metavar="NAME", help="rows, by start; may be empty")
    arguments.add_argument("--form", nargs="+", choices=list(FORMS), default=list(FORMS))
    arguments.add_argument("--dtype", nargs="+", choices=DTYPES, default=["float32"])
    arguments.add_argument("--savers", action="store_true", help="the memory savers too")
    options = arguments.parse_args(argv)
    rounds = options.rounds or (QUICK_ROUNDS if options.quick else ROUNDS)
    names = options.only or (QUICK_ROWS if options.quick else None)
    chosen = [] if options.only == [] else select(names, quick=False)
    wanted = [(row, contestants(options.form)) for row in WORKLOADS if row in chosen]
    wanted += [(row, savers(ways)) for row, ways in SAVERS if options.savers]
    cases: list[Case] = []
    rows: list[list[str]] = []
    for row, each in wanted:
        for dtype in options.dtype:
            case = measure(row, "train", dtype, each, rounds, patience=options.patience)
            if OURS.name not in case.measured:
                raise RuntimeError(case.absent[OURS.name])
            cases.append(case)
            rows += lines(case)
            print(*(" | ".join(line) for line in lines(case)), *case.absent.values(), sep="\n")
    forms = "\n".join(verdict(cases[: len(chosen) * len(options.dtype)], f) for f in options.form)
    print(forms)
    path = options.output or results.FOLDER / f"ablation-{machine.slug(machine.cpu_model())}.md"
    about = results.listing(machine.describe())
    table = results.table(HEADER, rows)
    path.write_text(f"# What each fast form gains\n\n{about}\n{table}\n{forms}\n")


if __name__ == "__main__":
    main()
