"""How fast a data set is read, beside how fast a network learns from it.

    python -m benchmarks.pipeline event_digits
    python -m benchmarks.pipeline n_mnist --manual-dir FOLDER --md5 Train.zip=... Test.zip=...

Prints samples per second of the first epoch, which reads events and cuts frames, of later ones,
which come from memory, of epochs without cache, and of training steps of SMA-VGG8 (small) on
samples that are already there; and the share of a step that reading would take by itself. Loading
and learning run in turns, on the same cores.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from typing import Any

import keras

import keras_snn
from benchmarks.machine import peak_bytes

BATCH, STEPS, ROUNDS = 16, 12, 3
SMALL: dict[str, Any] = {"filters": (16, 16, 32, 64, 64), "units": (1024, 512)}


def samples_per_second(dataset: Any) -> float:
    """Reads a data set once."""
    start, samples = time.perf_counter(), 0
    for _, labels in dataset:
        samples += len(labels)
    return samples / (time.perf_counter() - start)


def loading(name: str, options: dict[str, Any]) -> dict[str, float]:
    """Samples per second of the kinds of epochs."""

    def load(cache: bool) -> Any:
        return keras_snn.datasets.load(name, "train", batch_size=BATCH, cache=cache, **options)

    cached = load(cache=True)
    first = samples_per_second(cached)
    later = statistics.median(samples_per_second(cached) for _ in range(ROUNDS))
    anew = load(cache=False)
    uncached = statistics.median(samples_per_second(anew) for _ in range(ROUNDS))
    return {"first epoch": first, "later epochs": later, "without cache": uncached}


def training(name: str, options: dict[str, Any]) -> float:
    """Samples per second of training steps on samples that are in memory."""
    dataset = keras_snn.datasets.load(name, "train", batch_size=BATCH, **options)
    frames, labels = next(iter(dataset))
    classes, shape = keras_snn.datasets.info(name).classes, tuple(frames.shape[1:])
    model = keras_snn.applications.SMAVGG8(input_shape=shape, classes=classes, **SMALL)
    model.compile("adam", "sparse_categorical_crossentropy")
    step: Callable[..., Any] = model.train_on_batch
    step(frames, labels)  # compiles
    rates = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        for _ in range(STEPS):
            step(frames, labels)
        rates.append(STEPS * len(labels) / (time.perf_counter() - start))
    return statistics.median(rates)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", choices=tuple(keras_snn.datasets.BUILDERS))
    parser.add_argument("--data-dir")
    parser.add_argument("--manual-dir")
    parser.add_argument("--md5", nargs="*", default=[], metavar="ARCHIVE=DIGEST")
    arguments = parser.parse_args()
    options: dict[str, Any] = {
        "data_dir": arguments.data_dir,
        "manual_dir": arguments.manual_dir,
    }
    if arguments.md5:
        options["md5"] = dict(pair.split("=") for pair in arguments.md5)
    keras.utils.set_random_seed(0)
    rates = loading(arguments.name, options)
    memory = peak_bytes() / 2**30
    trained = training(arguments.name, options)
    for kind, rate in rates.items():
        print(f"{kind:<14} {rate:9.0f} samples per second, {trained / rate:7.2%} of a step")
    print(f"{'training':<14} {trained:9.0f} samples per second")
    print(f"memory after loading: {memory:.1f} GiB")


if __name__ == "__main__":
    main()
