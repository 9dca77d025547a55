"""Measures how long an analysis takes, as a multiple of one `predict` of the same samples.

    python -m benchmarks.analysis

Analyses and `predict` take turns in one process. The command prints medians of the ratios, with
quartiles; and the seconds of `FiringRateMonitor` on 32 samples as a share of those of the epoch
before it, in the training of SMA-VGG8 (small) on event_digits.
"""

import time
from collections.abc import Callable
from typing import Any

import keras
import numpy as np

import keras_snn
from benchmarks.ratio import Spread, alternate, ratio_of
from benchmarks.workloads import EVENT_DIGITS
from keras_snn import analysis
from keras_snn.analysis.energy import EnergyObserver
from keras_snn.analysis.firing import Rates
from keras_snn.analysis.predictions import Predictions
from keras_snn.analysis.recording import observe

SAMPLES, SHAPE, ROUNDS, EPOCHS = 64, (10, 48, 48, 2), 5, 6


def multiples(model: keras.Model, x: np.ndarray, rounds: int = ROUNDS) -> dict[str, Spread]:
    """Returns times of analyses over that of `predict`, in batches of 32; "report" is one pass."""
    steps: dict[str, Callable[[], Any]] = {
        "predict": lambda: model.predict(x, batch_size=32, verbose=0),
        "firing_rates": lambda: analysis.firing_rates(model, x),
        "energy": lambda: analysis.energy(model, x),
        "report": lambda: observe(model, x, Rates(), EnergyObserver(), Predictions()),
    }
    reference, *times = alternate(list(steps.values()), rounds)
    return {
        name: ratio_of(own, reference) for name, own in zip(list(steps)[1:], times, strict=True)
    }


class TimedMonitor(keras_snn.callbacks.FiringRateMonitor):
    """Notes the seconds of each epoch, and of its own after each."""

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        self.epochs: list[float] = []
        self.own: list[float] = []

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self.start = time.perf_counter()

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        end = time.perf_counter()
        super().on_epoch_end(epoch, logs)
        self.epochs.append(end - self.start)
        self.own.append(time.perf_counter() - end)


def monitor_shares() -> tuple[float, Spread]:
    """Returns the share of the first epoch, which compiles both, and the shares of the others."""
    train = keras_snn.datasets.load("event_digits", "train", batch_size=16)
    monitor = TimedMonitor(next(iter(train.unbatch().batch(32)))[0])
    model = keras_snn.applications.SMAVGG8(input_shape=(8, 34, 34, 2), **EVENT_DIGITS)
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(train, epochs=EPOCHS, callbacks=[monitor], verbose=0)
    later = ratio_of(monitor.own[1:], monitor.epochs[1:])
    return monitor.own[0] / monitor.epochs[0], later


def main() -> None:
    model = keras_snn.applications.SMAVGG8(input_shape=SHAPE, classes=10)
    x = np.random.default_rng(0).poisson(0.3, (SAMPLES, *SHAPE)).astype("float32")
    print(f"{model.name}, {SAMPLES} samples of {SHAPE}, times of one predict:")
    for name, multiple in multiples(model, x).items():
        print(f"{name:>12}: {multiple}")
    first, later = monitor_shares()
    print(
        f"FiringRateMonitor, of an epoch: {later.median:.1%} ({later.low:.1%} - {later.high:.1%})"
    )
    print(f"in the first epoch, which compiles: {first:.1%}")


if __name__ == "__main__":
    main()
