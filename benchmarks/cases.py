"""One case: a workload in one mode and dtype, which all contestants run in turns."""

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from benchmarks import machine
from benchmarks.frameworks import Contestant
from benchmarks.ratio import Spread, ratio_of
from benchmarks.worker import AbsentError, Worker
from benchmarks.workloads import Workload

MIN_SECONDS = 2.0
"""A turn repeats the step for at least this long, because the first step after the turn of another
process can take a fifth more."""

TRIES = 3
"""Disturbed rounds are repeated, up to this many times the number of rounds."""

PATIENCE = 120.0
"""Seconds that all rounds of a case together wait for a quiet machine."""


@dataclass
class Measured:
    """The measurements of a contestant; seconds of a step, by the clock and of all cores."""

    seconds: list[float] = field(default_factory=list)
    cpu_seconds: list[float] = field(default_factory=list)
    build_seconds: float = 0.0
    first_seconds: float = 0.0
    parameters: int = 0
    peak_bytes: int = 0
    load_at_first_step: float = 0.0

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)

    @property
    def to_first_step(self) -> float:
        """Seconds from the imported framework to the end of the first step."""
        return self.build_seconds + self.first_seconds


@dataclass
class Case:
    """A row of the result."""

    name: str
    label: str
    mode: str
    dtype: str
    measured: dict[str, Measured] = field(default_factory=dict)
    absent: dict[str, str] = field(default_factory=dict)
    load: list[float] = field(default_factory=list)

    @property
    def key(self) -> str:
        return f"{self.name}/{self.mode}/{self.dtype}"

    @property
    def disturbance(self) -> float:
        """Cores that other processes took, as the median of the rounds."""
        return statistics.median(self.load) if self.load else 0.0

    @property
    def differing(self) -> dict[str, int]:
        """Numbers of parameters by contestant if they differ, otherwise nothing."""
        counts = {name: m.parameters for name, m in self.measured.items() if m.parameters}
        return counts if len(set(counts.values())) > 1 else {}

    def require(self, name: str) -> Measured:
        """Returns the measurements of a contestant that must not be absent."""
        if name not in self.measured:
            raise RuntimeError(self.absent[name])
        return self.measured[name]

    def ratio(self, first: str, second: str, of: str = "seconds") -> Spread | None:
        """Returns the time of one contestant over that of another, or None if one is absent."""
        if not {first, second} <= self.measured.keys():
            return None
        return ratio_of(*(getattr(self.measured[name], of) for name in (first, second)))

    def memory_ratio(self, first: str, second: str) -> float | None:
        """Returns the peak memory of one over that of another, or None if one is absent."""
        if not {first, second} <= self.measured.keys():
            return None
        return self.measured[first].peak_bytes / max(self.measured[second].peak_bytes, 1)

    def to_config(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "Case":
        measured = {name: Measured(**figures) for name, figures in config["measured"].items()}
        return cls(**{**config, "measured": measured})


def measure(
    workload: Workload,
    mode: str,
    dtype: str,
    contestants: Iterable[Contestant],
    rounds: int,
    threads: int | None = None,
    patience: float = PATIENCE,
) -> Case:
    """Starts a worker for each contestant that can run the workload, and lets them take turns."""
    case = Case(workload.name, workload.label, mode, dtype)
    workers: dict[str, Worker] = {}
    try:
        for contestant in contestants:
            if contestant.does(workload):
                how = workload, mode, dtype, threads or machine.cores()
                _start(case, contestant, how, workers)
        _take_turns(case, workers, rounds, patience)
        for name, worker in workers.items():
            case.measured[name].peak_bytes = worker.ask("peak_bytes")
    finally:
        for worker in workers.values():
            worker.stop()
    return case


def measure_both_ways(
    workload: Workload, mode: str, dtype: str, contestants: Sequence[Contestant], *how: Any
) -> Case:
    """Measures twice, with the processes started in both orders, and joins the rounds.

    Of two processes with the same code, the one started first was measured to be up to 11 % slower.
    """
    case, other = (
        measure(workload, mode, dtype, each, *how) for each in (contestants, contestants[::-1])
    )
    if case.measured.keys() != other.measured.keys():
        return case
    for name in case.measured:
        case.measured[name].seconds += other.measured[name].seconds
        case.measured[name].cpu_seconds += other.measured[name].cpu_seconds
    case.load += other.load
    return case


def _start(
    case: Case, contestant: Contestant, how: tuple[Any, ...], workers: dict[str, Worker]
) -> None:
    """Starts and prepares one worker, or notes why it is absent."""
    try:
        worker = Worker(contestant, *how)
        load = machine.Load([worker.pid])
        ready = worker.ask("prepare")
    except AbsentError as error:
        case.absent[contestant.name] = str(error)
        return
    workers[contestant.name] = worker
    case.measured[contestant.name] = Measured(**ready, load_at_first_step=load.by_others())


def _take_turns(case: Case, workers: dict[str, Worker], rounds: int, patience: float) -> None:
    """Makes the rounds; if a process ends, its contestant is absent and the rounds start again."""
    while workers:
        try:
            _make_rounds(case, workers, rounds, patience)
            break
        except AbsentError as error:
            case.absent[error.contestant] = str(error)
            del workers[error.contestant], case.measured[error.contestant]


def _make_rounds(case: Case, workers: dict[str, Worker], rounds: int, patience: float) -> None:
    """Makes one round to warm up, then timed ones until enough are quiet; keeps the quietest."""
    pids = [worker.pid for worker in workers.values()]
    for worker in workers.values():
        worker.ask("round", 0.0)
    tried: list[tuple[float, dict[str, tuple[float, float]]]] = []
    for number in range(rounds * (TRIES if patience > 0 else 1)):
        patience = machine.wait_until_quiet(pids, patience)
        load, names = machine.Load(pids), list(workers)
        first = number % len(names)
        turn = [*names[first:], *names[:first]]
        seconds = {name: workers[name].ask("round", MIN_SECONDS) for name in turn}
        tried.append((load.by_others(), seconds))
        if sum(load < machine.QUIET for load, _ in tried) >= rounds:
            break
    for found, seconds in sorted(tried, key=lambda round: round[0])[:rounds]:
        case.load.append(found)
        for name, (wall, cpu) in seconds.items():
            case.measured[name].seconds.append(wall)
            case.measured[name].cpu_seconds.append(cpu)
