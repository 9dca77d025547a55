"""How time and memory of keras_snn grow with time steps, batch, channels and depth.

    python -m benchmarks.growth [--quick] [--axis time_steps depth] [--output FILE]

A training step of a stack of convolution, batch normalisation and LIF, and of LIF alone, each size
in a process of its own. One axis varies, the others stay. A line a + b * size is fitted to each
curve; growth in the number of time steps is called linear when the line explains the points to
`TOLERANCE`. A curve that other processes disturbed gets no verdict. Writes JSON and a plot.
"""

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import machine, quiet
from benchmarks.cases import OURS, PATIENCE, Case, measure
from benchmarks.ratio import spread
from benchmarks.results import FOLDER
from benchmarks.workloads import Workload

BASE = {"time_steps": 8, "batch": 8, "channels": 32, "depth": 3}
SIZES: dict[str, tuple[int, ...]] = {
    "time_steps": (4, 8, 16, 32, 64, 128),
    "batch": (2, 4, 8, 16, 32),
    "channels": (8, 16, 32, 64, 128),
    "depth": (1, 2, 4, 8, 16),
}
QUICK_SIZES = 3
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
    build: Any, axis: str, sizes: Sequence[int], rounds: int, patience: float
) -> dict[str, Any]:
    """Seconds and bytes of a training step at every size, and their lines."""
    points = []
    for size in sizes:
        case = Case(build(**{axis: size}), "train", "float32")
        measure(case, [OURS], rounds, machine.cores(), patience)
        if OURS not in case.measured:
            raise RuntimeError(case.absent[OURS])
        ours = case.measured[OURS]
        seconds = spread(ours.seconds).median
        point = {"size": size, "seconds": seconds, "bytes": ours.peak_bytes}
        points.append({**point, "load": case.disturbance, "to_first_step": ours.to_first_step})
        load = f"others took {case.disturbance:.2f} cores"
        print(f"{build.__name__} {axis}={size}: {seconds * 1e3:.1f} ms, {load}", flush=True)
    lines = {key: fit(sizes, [p[key] for p in points]) for key in ("seconds", "bytes")}
    return {"axis": axis, "points": points, "lines": {k: vars(v) for k, v in lines.items()}}


def verdict(name: str, found: dict[str, Any]) -> str:
    """One sentence on a curve; none where other processes disturbed a point."""
    load = max(point["load"] for point in found["points"])
    if load >= quiet.LIMIT:
        return f"{name} in {found['axis']}: no verdict, others took up to {load:.2f} cores"
    parts = []
    for key, line in found["lines"].items():
        line = Line(**line)
        kind = "linear" if line.is_linear else "not linear"
        parts.append(f"{key} {kind} (off by {line.distance:.0%}, exponent {line.exponent:.2f})")
    return f"{name} in {found['axis']}: {', '.join(parts)}"


def plot(path: Path, curves: dict[str, dict[str, Any]]) -> None:
    """Time above, memory below, one column a curve."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(3.2 * len(curves), 6), layout="constrained")
    grid = figure.subplots(2, len(curves), squeeze=False)
    for column, (name, found) in enumerate(curves.items()):
        sizes = np.array([point["size"] for point in found["points"]])
        for row, (key, scale, unit) in enumerate(
            (("seconds", 1e3, "ms"), ("bytes", 2**-20, "MiB"))
        ):
            line = Line(**found["lines"][key])
            axes = grid[row][column]
            axes.plot(sizes, [point[key] * scale for point in found["points"]], "o")
            axes.plot(sizes, (line.a + line.b * sizes) * scale, label="a + b * size")
            axes.set(xlabel=found["axis"], ylabel=unit, title=name)
            axes.legend(fontsize="small")
    figure.savefig(path, dpi=120)


def main(argv: Sequence[str] | None = None) -> None:
    """Measures the curves, prints a verdict each, writes JSON and plot."""
    arguments = argparse.ArgumentParser("benchmarks.growth", description=__doc__.split("\n")[0])
    arguments.add_argument("--quick", action="store_true", help="three sizes an axis")
    arguments.add_argument("--axis", nargs="+", choices=list(SIZES), default=list(SIZES))
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--patience", type=float, default=PATIENCE)
    arguments.add_argument("--output", type=Path, help="the JSON file")
    options = arguments.parse_args(argv)
    kept = QUICK_SIZES if options.quick else None
    wanted = [(stack, axis) for axis in options.axis]
    wanted += [(lif, "time_steps")] * ("time_steps" in options.axis)
    curves = {}
    for build, axis in wanted:
        name = f"{build.__name__}_{axis}"
        curves[name] = curve(build, axis, SIZES[axis][:kept], options.rounds, options.patience)
        print(verdict(build.__name__, curves[name]))
    path = options.output or FOLDER / f"growth-{machine.slug(machine.cpu_model())}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"machine": machine.describe(), "curves": curves}, indent=1) + "\n")
    plot(path.with_suffix(".png"), curves)


if __name__ == "__main__":
    main()
