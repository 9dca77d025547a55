"""Measures the gain of each fast form of keras_snn, and the cost of the ways to save memory.

    python -m benchmarks ablation                       every row and form
    python -m benchmarks ablation --quick               three networks, two rounds
    python -m benchmarks ablation --only sma_vgg8_48 --form "spectral convolution"

A training step runs with all forms, and without each of them, in processes that take turns. Ratios
are without / with: a form gains if its ratio is greater than 1. A control, in which nothing is
changed, shows how much two equal processes differ. Writes a table in Markdown.
"""

import dataclasses
from collections.abc import Iterator, Sequence

from benchmarks import machine, results
from benchmarks.cases import Case, measure
from benchmarks.fast_forms import FORMS
from benchmarks.frameworks import OURS, Contestant
from benchmarks.growth import stack
from benchmarks.workloads import VGG, WORKLOADS, Workload, select

ROUNDS, QUICK_ROUNDS = 5, 2
QUICK_ROWS = ["sma_vgg8_48", "sma_resnet18", "fsta_resnet20"]
LEAST_TIME, LEAST_MEMORY = 1.05, 1.10
"""The ratios from which a form is worth its lines."""

SAVERS: list[tuple[Workload, tuple[str, ...]]] = [
    (Workload("sma_vgg8", "vgg8", 16, (10, 48, 48, 2), 10, arguments=VGG), ("rematerialize",)),
    (
        Workload("sma_resnet18", "ms_resnet18", 16, (64, 64, 3), 6, arguments={"classes": 10}),
        ("rematerialize",),
    ),
    (stack(time_steps=128), ("rematerialize", "windows of 16")),
]
"""Networks, and the ways to train each with less memory."""

CONTROL = dataclasses.replace(OURS, name="nothing (control)")

HEADER = ["training step", "dtype", "changed", "time", "CPU time", "memory", "first step", "load"]


def contestants(forms: Sequence[str]) -> list[Contestant]:
    """Returns keras_snn with all forms, twice, and without each of these."""
    changed = (dataclasses.replace(OURS, name=f"without {form}", without=form) for form in forms)
    return [OURS, CONTROL, *changed]


def savers(ways: Sequence[str]) -> list[Contestant]:
    """Returns keras_snn as it is, and with each way to save memory."""
    return [OURS, *(dataclasses.replace(OURS, name=way, memory_saver=way) for way in ways)]


def lines(case: Case) -> Iterator[list[str]]:
    """Yields a row for each change, with ratios to keras_snn as it is."""
    ours = case.require(OURS.name)
    for name, changed in case.measured.items():
        if name != OURS.name:
            ratios = [case.ratio(name, OURS.name, of) for of in ("seconds", "cpu_seconds")]
            first = changed.to_first_step / ours.to_first_step
            shares = [*ratios, case.memory_ratio(name, OURS.name), first]
            load = f"{case.disturbance:.2f}"
            yield [case.label, case.dtype, name, *map(results.shown, shares), load]


def gains(cases: Sequence[Case], form: str) -> list[str]:
    """Returns the rows in which a form gains enough time or memory."""
    name, found = f"without {form}", []
    for case in cases:
        time, memory = case.ratio(name, OURS.name), case.memory_ratio(name, OURS.name)
        if time and memory and (time.median >= LEAST_TIME or memory >= LEAST_MEMORY):
            found.append(case.key)
    return found


def verdict(cases: Sequence[Case], form: str) -> str:
    """Returns one sentence about a form."""
    found = gains(cases, form)
    return f"- {form}: gains in {len(found)} of {len(cases)} rows. {', '.join(found)}".rstrip()


def main(argv: Sequence[str] | None = None) -> None:
    """Measures the rows, and writes the table with a verdict on each form."""
    arguments = results.parser("ablation", __doc__, f"default {ROUNDS}, quick {QUICK_ROUNDS}")
    arguments.add_argument("--only", nargs="*", metavar="NAME", help="rows, by start; may be empty")
    arguments.add_argument("--form", nargs="+", choices=list(FORMS), default=list(FORMS))
    arguments.add_argument("--dtype", nargs="+", choices=results.DTYPES, default=["float32"])
    arguments.add_argument("--savers", action="store_true", help="also measure the memory savers")
    options = arguments.parse_args(argv)
    rounds = options.rounds or (QUICK_ROUNDS if options.quick else ROUNDS)
    names = options.only or (QUICK_ROWS if options.quick else None)
    chosen = [] if options.only == [] else select(names, quick=False)
    wanted = [(row, contestants(options.form)) for row in WORKLOADS if row in chosen]
    wanted += [(row, savers(ways)) for row, ways in SAVERS if options.savers]
    cases: list[Case] = []
    for row, each in wanted:
        for dtype in options.dtype:
            cases.append(measure(row, "train", dtype, each, rounds, patience=options.patience))
            rows = (" | ".join(line) for line in lines(cases[-1]))
            print(*rows, *cases[-1].absent.values(), sep="\n")
    forms = "\n".join(verdict(cases[: len(chosen) * len(options.dtype)], f) for f in options.form)
    print(forms)
    path = options.output or results.FOLDER / f"ablation-{machine.slug(machine.cpu_model())}.md"
    about = results.listing(machine.describe())
    table = results.table(HEADER, [line for case in cases for line in lines(case)])
    path.write_text(f"# Gains of the fast forms\n\n{about}\n{table}\n{forms}\n")
