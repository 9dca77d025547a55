"""The ratio of two callables' times, alternated within one process.

    faster_than = ratio(slow, fast, rounds=9).median

The two take turns, so that what else runs on the machine hits both alike; a ratio is made per
round and the median taken, with its quartiles.
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
    """Median, lower and upper quartile, which lie among the numbers for any count of them."""
    if not numbers:
        raise ValueError("`numbers` must hold at least one number. Received: 0 numbers")
    if len(numbers) == 1:
        return Spread(numbers[0], numbers[0], numbers[0])
    low, median, high = statistics.quantiles(numbers, n=4, method="inclusive")
    return Spread(median, low, high)


def ratio_of(numerators: Sequence[float], denominators: Sequence[float]) -> Spread:
    """Spread of the ratios, round by round."""
    return spread([n / d for n, d in zip(numerators, denominators, strict=True)])


def timed(step: Callable[[], Any], min_seconds: float = 0.0) -> tuple[float, float]:
    """Seconds of one call by the clock and of all cores: means over calls for `min_seconds`."""
    calls, start, computed = 0, time.perf_counter(), time.process_time()
    while True:
        step()
        calls += 1
        elapsed = time.perf_counter() - start
        if elapsed >= min_seconds:
            return elapsed / calls, (time.process_time() - computed) / calls


def alternate(
    steps: Sequence[Callable[[], Any]], rounds: int = 9, warmup: int = 2, min_seconds: float = 0.0
) -> list[list[float]]:
    """Seconds of every callable in every round; the order turns by one from round to round."""
    for step in steps:
        for _ in range(warmup):
            step()
    times: list[list[float]] = [[] for _ in steps]
    for number in range(rounds):
        for position in range(len(steps)):
            i = (position + number) % len(steps)
            times[i].append(timed(steps[i], min_seconds)[0])
    return times


def ratio(
    first: Callable[[], Any],
    second: Callable[[], Any],
    rounds: int = 9,
    warmup: int = 2,
    min_seconds: float = 0.0,
) -> Spread:
    """Time of `first` over time of `second`. Each must wait for its result before it returns."""
    return ratio_of(*alternate([first, second], rounds, warmup, min_seconds))
