"""Tests five claims of the papers on SMA, AZO and FSTA, on small networks with three seeds.

1. FSTA lowers firing rates (arXiv 2501.14744).
2. Shallow layers vary vertically, deep ones horizontally (same). If the preference comes from the
   layer, it is the same for transposed inputs; if it comes from the data, its sign changes.
3. The spikes of different time steps are nearly the same (same).
4. Classes need different scales of SMA (arXiv 2405.13672).
5. AZO narrows the gap between training and test accuracy (same).

You see tables with the mean (lowest to highest) over the seeds. It takes about twelve minutes on
two cores; a network with measurements in `runs/claims` is not trained again.

    python examples/papers_claims.py                       # event_digits
    python examples/papers_claims.py --recordings FOLDER   # with the folders Train/ and Test/
"""

import argparse
import json
import statistics
from pathlib import Path
from typing import Any

import keras
import numpy as np

import keras_snn
from keras_snn import analysis

RUNS = Path("runs/claims")
SAMPLES, EPOCHS, TIME_STEPS = 400, 12, 8
WIDTHS: dict[str, Any] = {"filters": (8, 16, 16, 32, 32), "units": (64, 32)}
NETWORKS: dict[str, dict[str, Any]] = {
    "plain": {"attention": None},
    "FSTA": {"attention": "fsta"},
    "SMA": {"attention": "sma"},
    "SMA + AZO": {"attention": "sma", "azo": keras_snn.layers.AZO(4, 4)},
}


def load(recordings: Path | None) -> tuple[Any, Any]:
    """Loads training and test data, frames of 34x34 pixels."""
    options: dict[str, Any] = {"time_steps": TIME_STEPS, "batch_size": 16}
    if recordings is None:
        names = (f"train[:{SAMPLES}]", "test")
        train, test = (keras_snn.datasets.load("event_digits", n, **options) for n in names)
        return train, test
    options |= {"sensor_size": (34, 34), "seed": 0}
    read = keras_snn.utils.event_dataset_from_directory
    train = read(recordings / "Train", **options).take(SAMPLES // 16).cache()
    return train, read(recordings / "Test", shuffle=False, **options).cache()


def measure(network: str, seed: int, train: Any, test: Any) -> dict[str, dict[str, Any]]:
    """Trains a network, and returns the values of each table's column by the names of the rows."""
    keras.utils.set_random_seed(seed)
    shape = (TIME_STEPS, 34, 34, 2)
    model = keras_snn.applications.VGG8(
        input_shape=shape, classes=10, **WIDTHS, **NETWORKS[network]
    )
    optimizer = keras.optimizers.Adam(5e-3)
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(train, epochs=EPOCHS, shuffle=False, verbose=0)
    spectra = analysis.spectral_preference(model, test)
    pairs = np.triu_indices(TIME_STEPS, 1)
    similarity = analysis.time_similarity(model, test)
    found = {
        "1. firing rate": dict(analysis.firing_rates(model, test)),
        "2. vertical (+) or horizontal (-) variation": dict(spectra),
        "2. the same for transposed inputs": spectra.column("transposed"),
        "3. cosine between time steps": {
            path: mean_or_none(matrix[pairs]) for path, matrix in similarity.items()
        },
        "5. accuracy": analysis.generalization_gap(model, train, test).to_dict()[model.name],
    }
    if "SMA" in network:
        found["4. time weight of a scale"] = weights = {}
        found["4. its difference between classes"] = differences = {}
        for path, each in analysis.scale_importance(model, test).time.items():
            for n, by_class in enumerate(each.mean(2).T):  # (scales, classes)
                weights[f"{path}/scale{n}"] = float(by_class.mean())
                differences[f"{path}/scale{n}"] = float(by_class.max() - by_class.min())
    return found


def mean_or_none(values: np.ndarray) -> float | None:
    """Returns the mean of the values that are not NaN."""
    known = values[~np.isnan(values)]
    return float(known.mean()) if known.size else None


def cached(file: Path, *subject: Any) -> dict[str, dict[str, Any]]:
    """Returns the measurements of a network, from the file of its first run if there is one."""
    if not file.exists():
        print(f"training: {file.stem}", flush=True)
        file.write_text(json.dumps(measure(*subject)))
    return json.loads(file.read_text())


def spread(values: list[float | None]) -> str:
    """Formats mean (lowest to highest) in %, or a dash for an unknown value."""
    known = [100 * value for value in values if value is not None]
    if not known or len(known) < len(values):
        return "-"
    return f"{statistics.mean(known):.1f} ({min(known):.1f} to {max(known):.1f})"


def show(title: str, runs: dict[str, list[dict[str, dict[str, Any]]]]) -> None:
    """Prints a table of the networks that have this measurement."""
    columns = {network: each for network, each in runs.items() if title in each[0]}
    names = [
        n for n in next(iter(columns.values()))[0][title] if "/scale" not in n or "4." in title
    ]
    print(f"\n**{title}**, in %\n\n| | {' | '.join(columns)} |\n|{'---|' * (1 + len(columns))}")
    for name in names:
        values = [spread([run[title][name] for run in each]) for each in columns.values()]
        print(f"| {name} | {' | '.join(values)} |", flush=True)


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--recordings", type=Path, help="recordings of 34x34 in Train/ and Test/")
    parser.add_argument("--seeds", type=int, default=3, help="how many seeds (3)")
    options = parser.parse_args(arguments)
    RUNS.mkdir(parents=True, exist_ok=True)
    name = options.recordings.name if options.recordings else "event_digits"
    data = load(options.recordings)
    runs = {
        network: [
            cached(RUNS / f"{name} {network} {seed}.json", network, seed, *data)
            for seed in range(options.seeds)
        ]
        for network in NETWORKS
    }
    for title in sorted(runs["SMA"][0]):
        show(title, runs)


if __name__ == "__main__":
    main()
