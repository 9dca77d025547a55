"""The results as a figure: the peers' times over ours, and ours over the floor."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.cases import FLOOR, OURS, Case
from benchmarks.ratio import Spread
from benchmarks.results import PEERS
from benchmarks.subjects import SUBJECTS


def save(path: Path, cases: Sequence[Case]) -> None:
    """Writes the figure; matplotlib is imported here."""
    from matplotlib.figure import Figure

    rows = [case for case in cases if OURS in case.measured]
    figure = Figure(figsize=(11, 1.5 + 0.3 * len(rows)), layout="constrained")
    peers, floor = figure.subplots(1, 2, sharey=True)
    for offset, peer in enumerate(PEERS):
        ratios = [case.ratio(peer, OURS) for case in rows]
        _points(peers, ratios, 0.2 * (offset - 0.5), SUBJECTS[peer].title)
    _points(floor, [case.ratio(OURS, FLOOR) for case in rows], 0.0, "keras_snn")
    _label(peers, "peer's time / ours (right of 1: ours is faster)")
    _label(floor, "ours / floor")
    peers.set_yticks(range(len(rows)), [f"{c.workload.name} {c.mode} {c.dtype}" for c in rows])
    peers.invert_yaxis()
    figure.savefig(path, dpi=120)


def _points(axes: Any, ratios: Sequence[Spread | None], offset: float, label: str) -> None:
    """Medians, with the quartiles as bars."""
    known = [(row, ratio) for row, ratio in enumerate(ratios) if ratio is not None]
    medians = [ratio.median for _, ratio in known]
    low = [ratio.median - ratio.low for _, ratio in known]
    high = [ratio.high - ratio.median for _, ratio in known]
    rows = [row + offset for row, _ in known]
    if known:  # else the legend would name what is not there
        axes.errorbar(medians, rows, xerr=[low, high], fmt="o", markersize=4, label=label)


def _label(axes: Any, text: str) -> None:
    axes.axvline(1.0, color="grey", linewidth=0.8)
    axes.set_xscale("log", base=2)
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    axes.set_xlabel(text)
    axes.grid(axis="x", which="both", alpha=0.3)
    if axes.get_legend_handles_labels()[1]:
        axes.legend(loc="best", fontsize="small")
