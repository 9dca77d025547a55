"""Looks for settings in which the papers' claims on SMA, AZO and FSTA hold.

The claims: SMA and FSTA raise the test accuracy, AZO narrows the gap between training and test
accuracy, FSTA lowers the firing rate. One thing at a time is changed in a small network: the number
of recordings, of time steps, of epochs, and the network. Each of five folds of all recordings is
the test data once, so that every recording is tested, and networks are compared fold by fold.

You see a Markdown table for each setting, and one with all claims: the mean difference over the
folds, with half the width of its 95 % confidence interval (paired t). A claim holds where the
interval is on its side of 0. Finished runs, in `runs/settings`, are not repeated.

    python examples/attention_by_setting.py FOLDER    # of N-MNIST, with Train/ and Test/
    python examples/attention_by_setting.py FOLDER --only base "300 recordings"
"""

import argparse
import functools
import itertools
import json
import math
import statistics
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np

import keras_snn
from keras_snn import analysis

RUNS = Path("runs/settings")
RATE = "firing_rate/"
"""Before the name of a layer in what `FiringRateMonitor` logs."""

FOLDS = 5
T_95 = {1: 12.706, 2: 4.303, 3: 3.182, 4: 2.776}
"""Student's t for a two-sided interval of 95 %, by the number of folds less one."""

NETWORKS: dict[str, dict[str, Any]] = {
    "plain": {"attention": None},
    "SMA": {"attention": "sma"},
    "SMA + AZO": {"attention": "sma", "azo": keras_snn.layers.AZO(4, 4)},
    "FSTA": {"attention": "fsta"},
}
CLAIMS = {
    "SMA raises the accuracy": ("accuracy", "SMA", "plain", 1),
    "SMA + AZO raises the accuracy": ("accuracy", "SMA + AZO", "plain", 1),
    "FSTA raises the accuracy": ("accuracy", "FSTA", "plain", 1),
    "AZO narrows the gap": ("gap", "SMA + AZO", "SMA", -1),
    "FSTA lowers the firing rate": ("rate", "FSTA", "plain", -1),
}
"""The measurement, the network, the one that it is compared with, and the sign of the claim."""


@dataclass(frozen=True)
class Setting:
    """How a network is trained; the defaults are those of the setting `base`."""

    recordings: int = 880
    time_steps: int = 4
    epochs: int = 6
    network: str = "VGG8"
    filters: tuple[int, ...] = (8, 16, 16, 32, 32)
    units: tuple[int, ...] = (1024, 512)


SETTINGS = {
    "base": Setting(),
    "300 recordings": Setting(recordings=300, epochs=18),
    "8 time steps": Setting(time_steps=8),
    "12 epochs": Setting(epochs=12),
    "wider": Setting(filters=(16, 32, 32, 64, 64)),
    "20 layers": Setting(network="SpikingResNet20", filters=(8, 8, 16, 32), units=()),
}
"""300 recordings are shown three times as often, for about as many steps as in `base`."""


@functools.cache
def load(folder: Path, time_steps: int) -> tuple[np.ndarray, np.ndarray]:
    """Reads all recordings: frames (n, time, 34, 34, 2) and digits, in a random order."""
    options = {"time_steps": time_steps, "sensor_size": (34, 34), "shuffle": False}
    read = keras_snn.utils.event_dataset_from_directory
    parts = [read(folder / name, verbose=False, **options) for name in ("Train", "Test")]
    frames, digits = (
        np.concatenate([np.asarray(pair[n]) for part in parts for pair in part]) for n in (0, 1)
    )
    order = np.random.default_rng(0).permutation(len(digits))
    return frames[order], digits[order]


def build(setting: Setting, network: str, shape: tuple[int, ...]) -> keras.Model:
    """Builds a network for inputs of a shape."""
    sizes = {"units": setting.units} if setting.units else {}
    builder = getattr(keras_snn.applications, setting.network)
    return builder(
        input_shape=shape, classes=10, filters=setting.filters, **sizes, **NETWORKS[network]
    )


def measure(setting: Setting, network: str, fold: int, folder: Path) -> dict[str, Any]:
    """Trains a network on all folds but one; returns accuracy, gap and firing rates in %."""
    keras.utils.clear_session()
    frames, digits = load(folder, setting.time_steps)
    test = np.arange(len(digits)) % FOLDS == fold
    train = np.flatnonzero(~test)[: setting.recordings]
    seen, new = (frames[train], digits[train]), (frames[test], digits[test])
    keras.utils.set_random_seed(fold)
    model = build(setting, network, frames.shape[1:])
    steps = setting.epochs * math.ceil(len(train) / 16)
    schedule = keras.optimizers.schedules.CosineDecay(3e-3, steps)
    optimizer = keras.optimizers.AdamW(schedule, weight_decay=1e-3)
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    monitor = keras_snn.callbacks.FiringRateMonitor(new[0][:64], low=0.0, high=1.0)
    history = model.fit(*seen, 16, setting.epochs, verbose=0, callbacks=[monitor]).history
    accuracy = analysis.generalization_gap(model, seen, new).to_dict()[model.name]
    monitored = {
        name.removeprefix(RATE): rates for name, rates in history.items() if name.startswith(RATE)
    }
    return {
        "accuracy": 100 * accuracy["test accuracy"],
        "gap": 100 * accuracy["gap"],
        "rate": 100 * statistics.mean(common(analysis.firing_rates(model, new))),
        "rates": [100 * statistics.mean(each) for each in zip(*common(monitored), strict=True)],
        "parameters": model.count_params(),
    }


def common(rates: Mapping[str, Any]) -> list[Any]:
    """Returns the values of the layers that all networks have, which are not within SMA."""
    return [value for path, value in rates.items() if "/" not in path]


def result(name: str, network: str, fold: int, folder: Path) -> dict[str, Any]:
    """Returns the measurements of a run, from its file if there is one."""
    setting = SETTINGS[name]
    file = RUNS / f"{name} {network} {fold}.json".replace(" ", "_")
    if not file.exists():
        print(f"training: {name}, {network}, fold {fold}", flush=True)
        found = {"setting": asdict(setting), **measure(setting, network, fold, folder)}
        file.write_text(json.dumps(found))
    return json.loads(file.read_text())


Runs = dict[str, list[dict[str, Any]]]


def spread(values: list[float]) -> str:
    return f"{statistics.mean(values):.1f} ({min(values):.1f} - {max(values):.1f})"


def table(name: str, runs: Runs) -> str:
    """Returns the table of a setting."""
    header = ["network", "test accuracy", "train - test", "firing rate", "parameters"]
    header.append("firing rate after each epoch")
    lines = [f"\n**{name}**\n", f"| {' | '.join(header)} |", "|---" * len(header) + "|"]
    for network, each in runs.items():
        cells = [spread([run[what] for run in each]) for what in ("accuracy", "gap", "rate")]
        epochs = zip(*(run["rates"] for run in each), strict=True)
        course = " ".join(f"{statistics.mean(rates):.1f}" for rates in epochs)
        lines.append(f"| {network} | {' | '.join(cells)} | {each[0]['parameters']:,} | {course} |")
    return "\n".join(lines)


def judge(claim: str, runs: Runs) -> str:
    """Returns the mean difference, half of its interval, and whether the claim holds."""
    what, network, other, sign = CLAIMS[claim]
    pairs = zip(runs[network], runs[other], strict=True)
    differences = [a[what] - b[what] for a, b in pairs]
    mean, count = statistics.mean(differences), len(differences)
    half = T_95[count - 1] * statistics.stdev(differences) / math.sqrt(count)
    verdict = "open" if abs(mean) <= half else "holds" if mean * sign > 0 else "fails"
    return f"{mean:+.1f} ± {half:.1f}, {verdict}"


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path, help="recordings of 34x34 in Train/ and Test/")
    parser.add_argument("--only", nargs="+", choices=SETTINGS, default=list(SETTINGS))
    parser.add_argument("--networks", nargs="+", choices=NETWORKS, default=list(NETWORKS))
    parser.add_argument("--folds", type=int, choices=range(2, FOLDS + 1), default=FOLDS)
    options = parser.parse_args(arguments)
    RUNS.mkdir(parents=True, exist_ok=True)
    results: dict[str, Runs] = {
        name: {network: [] for network in options.networks} for name in options.only
    }
    for name, fold, network in itertools.product(results, range(options.folds), options.networks):
        results[name][network].append(result(name, network, fold, options.folder))
    for name, runs in results.items():
        print(table(name, runs))
    print(f"\n| claim | {' | '.join(results)} |\n|{'---|' * (1 + len(results))}")
    for claim, (_, network, other, _) in CLAIMS.items():
        if {network, other} <= set(options.networks):
            print(f"| {claim} | {' | '.join(judge(claim, runs) for runs in results.values())} |")


if __name__ == "__main__":
    main()
