"""Measures how long an analysis takes, as a multiple of one `predict` of the same samples.

    python -m benchmarks.analysis

Analyses and `predict` take turns in one process. The command prints medians of the ratios, with
quartiles.
"""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np

import keras_snn
from benchmarks.ratio import Spread, alternate, ratio_of
from keras_snn import analysis
from keras_snn.analysis.energy import EnergyObserver
from keras_snn.analysis.firing import Rates
from keras_snn.analysis.predictions import Predictions
from keras_snn.analysis.recording import observe

SAMPLES, SHAPE, ROUNDS = 64, (10, 48, 48, 2), 5


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


def main() -> None:
    model = keras_snn.applications.SMAVGG8(input_shape=SHAPE, classes=10)
    x = np.random.default_rng(0).poisson(0.3, (SAMPLES, *SHAPE)).astype("float32")
    print(f"{model.name}, {SAMPLES} samples of {SHAPE}, times of one predict:")
    for name, multiple in multiples(model, x).items():
        print(f"{name:>12}: {multiple}")


if __name__ == "__main__":
    main()
