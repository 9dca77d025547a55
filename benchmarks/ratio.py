"""Times of callables that take turns in one process, and their ratios.

Whatever else runs on the machine then slows all of them alike. A ratio is computed for each round;
the result is the median with its quartiles.
"""

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Spread:
    """Median and quartiles of some numbers."""

    median: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.median:.2f} ({self.low:.2f} - {self.high:.2f})"


def spread(numbers: Sequence[float]) -> Spread:
    """Returns the median and the quartiles, which lie among the numbers for any count of them."""
    if not numbers:
        raise ValueError("`numbers` must hold at least one number. Received: 0 numbers")
    if len(numbers) == 1:
        return Spread(numbers[0], numbers[0], numbers[0])
    low, median, high = statistics.quantiles(numbers, n=4, method="inclusive")
    return Spread(median, low, high)


def ratio_of(numerators: Sequence[float], denominators: Sequence[float]) -> Spread:
    """Returns the spread of the ratios of the rounds."""
    return spread([n / d for n, d in zip(numerators, denominators, strict=True)])


def timed(step: Callable[[], Any], min_seconds: float = 0.0) -> tuple[float, float]:
    """Returns the mean seconds of a call, by the clock and of all cores, over `min_seconds`."""
    calls, start, computed = 0, time.perf_counter(), time.process_time()
    while True:
        step()
        calls += 1
        elapsed = time.perf_counter() - start
        if elapsed >= min_seconds:
            return elapsed / calls, (time.process_time() - computed) / calls


def alternate(
    steps: Sequence[Callable[[], Any]], rounds: int = 9, warmup: int = 2
) -> list[list[float]]:
    """Returns the seconds of each callable in each round; each round starts with the next one."""
    for step in steps:
        for _ in range(warmup):
            step()
    times: list[list[float]] = [[] for _ in steps]
    for number in range(rounds):
        for position in range(len(steps)):
            i = (position + number) % len(steps)
            times[i].append(timed(steps[i])[0])
    return times
