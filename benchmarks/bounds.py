"""What bounds a step of ours: where its time and its memory go.

    python -m benchmarks.bounds NAME [--mode train] [--dtype float32] [--output FILE]

Memory and seconds until the first step has run, with TensorFlow's profiler on; of later steps the
time by kind of operation and the tensors that live at the same time. Adds a section to a file of
Markdown.
"""

import argparse
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks import machine, memory
from benchmarks.results import FOLDER, listing, table
from benchmarks.run import DTYPES
from benchmarks.subjects import ours
from benchmarks.workloads import STEPS, Workload, select

PROFILED = 3
"""Steps that are profiled, after as many that are not."""

KINDS = 12
"""Kinds of operation that are listed."""

TRACING, COMPILATION = "tf.function-graph_building", "CpuCompiler::RunBackend"
"""What TensorFlow's profiler calls them."""

MIB = 2**20


def first_step(workload: Workload, mode: str, dtype: str) -> tuple[Callable[[], Any], list[str]]:
    """The step, and lines on what it took to build it and to run it for the first time."""
    ours.start(machine.cores())
    memory.forget_peak()
    base, start, lines = memory.resident(), time.perf_counter(), []

    def note(stage: str) -> None:
        seconds = time.perf_counter() - start
        resident, peak = ((value - base) / MIB for value in (memory.resident(), memory.peak()))
        lines.append(f"{stage}: {seconds:.1f} s, {resident:.0f} MiB, at the peak {peak:.0f} MiB")

    step, parameters = ours.build(workload, mode, dtype)
    note(f"built, {parameters * 4 / MIB:.0f} MiB of weights in float32")
    with tempfile.TemporaryDirectory() as folder:
        profile(step, 1, folder)
        note("first step")
        for _ in range(PROFILED):
            step()
        note(f"{PROFILED} further steps")
        found = list(events(folder))
    tracing, compilation = longest(found, TRACING), total(found, COMPILATION)
    lines.append(f"first step: tracing {tracing:.1f} s, compilation by XLA {compilation:.1f} s")
    return step, lines


def profile(step: Callable[[], Any], steps: int, folder: str) -> tuple[float, float]:
    """Seconds and cores of a step; what the profiler saw of so many steps lies in the folder."""
    from tensorflow.python.profiler import profiler_v2

    profiler_v2.start(folder)
    wall, busy = time.perf_counter(), time.process_time()
    for _ in range(steps):
        step()
    wall, busy = time.perf_counter() - wall, time.process_time() - busy
    profiler_v2.stop()
    return wall / steps, busy / wall


def events(folder: str) -> Iterator[dict[str, Any]]:
    """Name, duration in seconds and statistics of what the profile in a folder holds."""
    from tensorflow.tsl.profiler.protobuf import xplane_pb2

    (path,) = Path(folder).rglob("*.xplane.pb")
    space = xplane_pb2.XSpace()
    space.ParseFromString(path.read_bytes())
    for plane in space.planes:
        for line in plane.lines:
            for event in line.events:
                statistics = {
                    plane.stat_metadata[s.metadata_id].name: getattr(s, s.WhichOneof("value"))
                    for s in event.stats
                }
                name = plane.event_metadata[event.metadata_id].name
                yield {**statistics, "name": name, "seconds": event.duration_ps * 1e-12}


def longest(found: list[dict[str, Any]], name: str) -> float:
    """Seconds of the longest event whose name begins so: of nested ones, the outermost."""
    return max((e["seconds"] for e in found if e["name"].startswith(name)), default=0.0)


def total(found: list[dict[str, Any]], name: str) -> float:
    """Seconds of all events whose names begin so."""
    return sum(e["seconds"] for e in found if e["name"].startswith(name))


def by_kind(found: list[dict[str, Any]]) -> tuple[int, list[list[str]]]:
    """How many operations a step runs, and rows of the kinds that take the most time."""
    seconds, count = Counter[str](), Counter[str]()
    for event in found:
        kind = kind_of(event["name"])
        if kind is not None:
            seconds[kind] += event["seconds"] / PROFILED
            count[kind] += 1
    whole = sum(seconds.values())
    rows = [
        [kind, str(round(count[kind] / PROFILED)), f"{1e3 * value:.1f}", f"{value / whole:.0%}"]
        for kind, value in seconds.most_common(KINDS)
    ]
    return round(sum(count.values()) / PROFILED), rows


def kind_of(name: str) -> str | None:
    """The kind of operation of "operation:Kind"; None of what is no operation."""
    if name.startswith("CpuExecutable::"):
        return "compiled by XLA"
    _, is_operation, kind = name.rpartition(":")
    return kind if is_operation and kind.isidentifier() and "::" not in name else None


def tensors(found: list[dict[str, Any]]) -> float:
    """MiB of the tensors that live at the same time, at most."""
    return max(event.get("bytes_allocated", 0) for event in found) / MIB


def section(workload: Workload, mode: str, dtype: str) -> str:
    """What is found, as Markdown."""
    step, lines = first_step(workload, mode, dtype)
    with tempfile.TemporaryDirectory() as folder:
        seconds, cores = profile(step, PROFILED, folder)
        found = list(events(folder))
    operations, rows = by_kind(found)
    lines += [
        f"a step: {1e3 * seconds:.0f} ms on {cores:.2f} cores, {operations} operations",
        f"tensors at the same time: {tensors(found):.0f} MiB",
    ]
    head = ["operation", "a step", "ms of threads", "share"]
    listed = "\n".join(f"- {line}" for line in lines)
    return f"## {workload.label}, {mode}, {dtype}\n\n{listed}\n\n{table(head, rows)}"


def main(argv: Sequence[str] | None = None) -> None:
    """Measures one workload in this process, and adds the section."""
    arguments = argparse.ArgumentParser("benchmarks.bounds", description=__doc__.split("\n")[0])
    arguments.add_argument("name")
    arguments.add_argument("--mode", choices=STEPS, default="train")
    arguments.add_argument("--dtype", choices=DTYPES, default="float32")
    arguments.add_argument("--output", type=Path, help="the Markdown file")
    options = arguments.parse_args(argv)
    (workload,) = select([options.name], quick=False)
    text = section(workload, options.mode, options.dtype)
    path = options.output or FOLDER / f"bounds-{machine.slug(machine.cpu_model())}.md"
    if not path.exists():
        path.write_text("# What bounds a step\n\n" + listing(machine.describe()) + "\n")
    with path.open("a") as file:
        file.write(f"\n{text}")
    print(text)


if __name__ == "__main__":
    main()
