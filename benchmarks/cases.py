"""One case: a workload in one mode and dtype, all subjects in turns."""

import os
import statistics
from dataclasses import dataclass, field
from typing import Any

from benchmarks import quiet, subjects
from benchmarks.client import AbsentError, Worker
from benchmarks.ratio import Spread, ratio_of, spread
from benchmarks.workloads import Workload

MIN_SECONDS = 2.0
"""A turn repeats the step until it has run this long: training repeats steps, and the first one
after another process had the machine can take a fifth more."""

TRIES = 3
"""Disturbed rounds are made again, up to this many times the rounds asked for."""

PATIENCE = 120.0
"""Seconds that a case waits for a quiet machine, all its rounds together."""

OURS, FLOOR = "ours", "floor"


@dataclass
class Measured:
    """What one subject did in a case."""

    seconds: list[float] = field(default_factory=list)
    build_seconds: float = 0.0
    first_seconds: float = 0.0
    parameters: int = 0
    peak_bytes: int = 0
    load_at_first_step: float = 0.0

    @property
    def to_first_step(self) -> float:
        """Seconds from the imported framework to the end of the first step."""
        return self.build_seconds + self.first_seconds

    def over(self, other: "Measured") -> Spread:
        return ratio_of(self.seconds, other.seconds)

    def to_config(self) -> dict[str, Any]:
        return {**vars(self), "median_seconds": spread(self.seconds).median}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "Measured":
        return cls(**{key: value for key, value in config.items() if key != "median_seconds"})


@dataclass
class Case:
    """A row of the result: a workload's mode in a dtype, and every subject's figures."""

    workload: Workload
    mode: str
    dtype: str
    measured: dict[str, Measured] = field(default_factory=dict)
    absent: dict[str, str] = field(default_factory=dict)
    load: list[float] = field(default_factory=list)

    @property
    def disturbance(self) -> float:
        """Cores that other processes took, the median of the kept rounds."""
        return statistics.median(self.load) if self.load else 0.0

    @property
    def key(self) -> str:
        return f"{self.workload.name}/{self.mode}/{self.dtype}"

    @property
    def differing(self) -> dict[str, int]:
        """Parameters of every network that has not as many as another: empty if all agree."""
        counts = {name: m.parameters for name, m in self.measured.items() if m.parameters}
        return counts if len(set(counts.values())) > 1 else {}

    def ratio(self, numerator: str, denominator: str) -> Spread | None:
        """Time of one subject over that of another, or None where one is absent."""
        if not {numerator, denominator} <= self.measured.keys():
            return None
        return self.measured[numerator].over(self.measured[denominator])

    def fastest(self, numerator: str, denominator: str) -> float | None:
        """The ratio of the fastest rounds. Lasting load distorts it too: see `quiet`."""
        if not {numerator, denominator} <= self.measured.keys():
            return None
        return min(self.measured[numerator].seconds) / min(self.measured[denominator].seconds)

    def memory_ratio(self, numerator: str, denominator: str) -> float | None:
        """Peak memory above the imported framework of one subject over that of another."""
        if not {numerator, denominator} <= self.measured.keys():
            return None
        return self.measured[numerator].peak_bytes / max(self.measured[denominator].peak_bytes, 1)

    def to_config(self) -> dict[str, Any]:
        measured = {name: figures.to_config() for name, figures in self.measured.items()}
        plain = {key: vars(self)[key] for key in ("mode", "dtype", "absent", "load")}
        return {"workload": self.workload.to_config(), **plain, "measured": measured}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "Case":
        measured = {k: Measured.from_config(v) for k, v in config["measured"].items()}
        workload = Workload.from_config(config["workload"])
        return cls(**{**config, "workload": workload, "measured": measured})


def measure(
    case: Case,
    names: list[str] | None,
    rounds: int,
    threads: int,
    patience: float = PATIENCE,
) -> Case:
    """Starts a worker per subject, lets them take turns, and fills the case."""
    workers: dict[str, Worker] = {}
    try:
        for name in subjects.doing(case.workload, case.mode, names):
            _start(case, name, workers, threads)
        _take_turns(case, workers, rounds, patience)
        for name, worker in workers.items():
            report = worker.report()
            case.measured[name].peak_bytes = report["peak_bytes"] - report["base_bytes"]
    finally:
        for worker in workers.values():
            worker.stop()
    return case


def _start(case: Case, name: str, workers: dict[str, Worker], threads: int) -> None:
    """Starts and prepares one worker, or notes why it is absent. One prepares at a time."""
    try:
        worker = Worker(name, case.workload, case.mode, case.dtype, threads)
        watch = quiet.Watch([os.getpid(), worker.pid])
        ready = worker.prepare()
    except AbsentError as error:
        case.absent[name] = str(error)
        return
    workers[name] = worker
    case.measured[name] = Measured(**ready, load_at_first_step=watch.others())


def _take_turns(case: Case, workers: dict[str, Worker], rounds: int, patience: float) -> None:
    """The rounds of the subjects that live to their end; one that does not is absent."""
    while workers:
        try:
            _make_rounds(case, workers, rounds, patience)
            break
        except AbsentError as error:
            case.absent[error.subject] = str(error)
            del workers[error.subject], case.measured[error.subject]


def _make_rounds(case: Case, workers: dict[str, Worker], rounds: int, patience: float) -> None:
    """A round of warming up, then timed ones until enough are undisturbed; keeps the calmest."""
    for worker in workers.values():
        worker.round(0.0)
    tried: list[tuple[float, dict[str, float]]] = []
    for number in range(rounds * TRIES):
        patience = quiet.wait([os.getpid(), *(w.pid for w in workers.values())], patience)
        tried.append(_one_round(workers, first=number))
        if sum(load < quiet.LIMIT for load, _ in tried) >= rounds:
            break
    for load, seconds in sorted(tried, key=lambda round: round[0])[:rounds]:
        case.load.append(load)
        for name in workers:
            case.measured[name].seconds.append(seconds[name])


def _one_round(workers: dict[str, Worker], first: int) -> tuple[float, dict[str, float]]:
    """The load by others, and every subject's seconds; `first` turns the order."""
    names = list(workers)
    watch = quiet.Watch([os.getpid(), *(worker.pid for worker in workers.values())])
    turn = [names[(position + first) % len(names)] for position in range(len(names))]
    seconds = {name: workers[name].round(MIN_SECONDS) for name in turn}
    return watch.others(), seconds
