"""How time and memory of keras_snn grow with time steps, batch, channels and depth.

    python -m benchmarks growth [--quick] [--axis time_steps depth] [--batch 1]

A training step of a stack of convolution, batch normalization and LIF, and of LIF alone, each size
in a process of its own. One axis varies, the others stay. A line a + b * size is fitted to each
curve; growth in the number of time steps is called linear when the line explains the points to
`TOLERANCE`. A curve that other processes disturbed gets no verdict. The first step, which traces
and compiles, is measured too. Writes JSON.
"""

import argparse
import functools
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from benchmarks import machine, results
from benchmarks.cases import measure
from benchmarks.frameworks import OURS
from benchmarks.workloads import Workload

BASE = {"time_steps": 8, "batch": 8, "channels": 32, "depth": 3}
SIZES: dict[str, tuple[int, ...]] = {
    "time_steps": (4, 8, 16, 32, 64, 128, 256, 500, 1000),
    "batch": (2, 4, 8, 16, 32),
    "channels": (8, 16, 32, 64, 128),
    "depth": (1, 2, 4, 8, 16),
}
QUICK_SIZES = 3
ROUNDS = 5
SIDE = 24
TOLERANCE = 0.15
"""Largest distance of a point from the line, as a part of the point."""


@dataclass(frozen=True)
class Line:
    """a + b * size, the largest relative distance of a point, and the exponent of growth."""

    a: float
    b: float
    distance: float
    exponent: float

    @property
    def is_linear(self) -> bool:
        return self.distance <= TOLERANCE


def fit(sizes: Sequence[float], values: Sequence[float]) -> Line:
    """Least squares of relative distances; the exponent is that between the two largest sizes."""
    x, y = np.asarray(sizes, float), np.asarray(values, float)
    b, a = np.polyfit(x, y, 1, w=1 / y)
    distance = float(np.max(np.abs(a + b * x - y) / y))
    exponent = float(np.log(y[-1] / y[-2]) / np.log(x[-1] / x[-2]))
    return Line(float(a), float(b), distance, exponent)


def stack(**sizes: int) -> Workload:
    """The network with the given sizes in place of the base's."""
    size = {**BASE, **sizes}
    shape = (size["time_steps"], SIDE, SIDE, 2)
    arguments = {"channels": size["channels"], "depth": size["depth"], "classes": 10}
    return Workload("stack", "stack", size["batch"], shape, shape[0], arguments=arguments)


def lif(**sizes: int) -> Workload:
    """LIF alone with the given sizes."""
    size = {**BASE, **sizes}
    shape = (size["time_steps"], SIDE, SIDE, size["channels"])
    return Workload("lif", "lif", size["batch"], shape, shape[0])


def curve(
    build: Callable[..., Workload], axis: str, sizes: Sequence[int], rounds: int, patience: float
) -> dict[str, Any]:
    """Seconds and bytes of a training step at every size, and their lines."""
    points = []
    for size in sizes:
        case = measure(build(**{axis: size}), "train", "float32", [OURS], rounds, None, patience)
        if OURS.name not in case.measured:
            raise RuntimeError(case.absent[OURS.name])
        ours = case.measured[OURS.name]
        point = {"size": size, "seconds": ours.median, "bytes": ours.peak_bytes}
        point |= {"first_seconds": ours.first_seconds, "to_first_step": ours.to_first_step}
        load = {"load": case.disturbance, "load_at_first_step": ours.load_at_first_step}
        points.append({**point, **load})
        steps = f"{ours.median * 1e3:.1f} ms, the first step {ours.first_seconds:.1f} s"
        print(f"{case.name} {axis}={size}: {steps}, others took {case.disturbance:.2f} cores")
    lines = {key: fit(sizes, [p[key] for p in points]) for key in ("seconds", "bytes")}
    return {"axis": axis, "points": points, "lines": {k: asdict(v) for k, v in lines.items()}}


def verdict(name: str, found: dict[str, Any]) -> str:
    """One sentence on a curve; none where other processes disturbed a point."""
    load = max(point["load"] for point in found["points"])
    if load >= machine.QUIET:
        return f"{name} in {found['axis']}: no verdict, others took up to {load:.2f} cores"
    parts = []
    for key, line in found["lines"].items():
        kind = "linear" if Line(**line).is_linear else "not linear"
        text = f"off by {line['distance']:.0%}, exponent {line['exponent']:.2f}"
        parts.append(f"{key} {kind} ({text})")
    return f"{name} in {found['axis']}: {', '.join(parts)}"


def main(argv: Sequence[str] | None = None) -> None:
    """Measures the curves, prints a verdict each, writes JSON."""
    layout = argparse.RawDescriptionHelpFormatter
    arguments = argparse.ArgumentParser(
        "benchmarks growth", description=__doc__, formatter_class=layout
    )
    results.add_common_arguments(arguments, f"default {ROUNDS}")
    arguments.add_argument("--axis", nargs="+", choices=list(SIZES), default=list(SIZES))
    arguments.add_argument("--batch", type=int, default=BASE["batch"], help="default %(default)s")
    options = arguments.parse_args(argv)
    kept = QUICK_SIZES if options.quick else None
    wanted: list[tuple[Callable[..., Workload], str]] = [(stack, axis) for axis in options.axis]
    wanted += [(lif, "time_steps")] * ("time_steps" in options.axis)
    curves = {}
    for build, axis in wanted:
        name, how = f"{build.__name__}_{axis}", (options.rounds or ROUNDS, options.patience)
        of_batch = functools.partial(build, batch=options.batch)
        curves[name] = curve(of_batch, axis, SIZES[axis][:kept], *how)
        print(verdict(build.__name__, curves[name]))
    path = options.output or results.FOLDER / f"growth-{machine.slug(machine.cpu_model())}.json"
    path.write_text(json.dumps({"machine": machine.describe(), "curves": curves}, indent=1) + "\n")


if __name__ == "__main__":
    main()
