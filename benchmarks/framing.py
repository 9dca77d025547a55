"""How many events per second and core `to_frames` counts, by count and by time.

    python -m benchmarks.framing

One process, one thread. The two ways of slicing take turns, so that what else runs on the machine
hits both alike; the median of the rounds is printed.
"""

import statistics
import time

import numpy as np

from keras_snn.datasets import make_recording, to_frames

EVENTS, SENSOR, TIME_STEPS, ROUNDS = 1_000_000, (260, 346), 10, 9
SIZES = {"sensor": None, "64x64": (64, 64)}
SLICINGS = ("count", "time")


def recording(events: int, sensor: tuple[int, int], seed: int = 0) -> np.ndarray:
    """Draws events at random pixels within a second, in the order of time."""
    rng = np.random.default_rng(seed)
    height, width = sensor
    times = np.sort(rng.integers(1_000_000, size=events))
    columns = (rng.integers(width, size=events), rng.integers(height, size=events))
    return make_recording(*columns, times, rng.integers(2, size=events))


def events_per_second(events: np.ndarray, rounds: int = ROUNDS) -> dict[tuple[str, str], float]:
    """Measures the median rate of every way of slicing at every size of the frames."""
    cases = [(name, slice_by) for name in SIZES for slice_by in SLICINGS]
    rates: dict[tuple[str, str], list[float]] = {case: [] for case in cases}
    for _ in range(rounds):
        for name, slice_by in cases:
            start = time.perf_counter()
            to_frames(events, SENSOR, TIME_STEPS, slice_by, size=SIZES[name])
            rates[name, slice_by].append(len(events) / (time.perf_counter() - start))
    return {case: statistics.median(numbers) for case, numbers in rates.items()}


def main() -> None:
    print(f"{EVENTS:,} events of {SENSOR[0]}x{SENSOR[1]} pixels, {TIME_STEPS} frames")
    for (name, slice_by), rate in events_per_second(recording(EVENTS, SENSOR)).items():
        print(f"frames {name:>7}, by {slice_by:>5}: {rate / 1e6:5.1f} million events per second")


if __name__ == "__main__":
    main()
