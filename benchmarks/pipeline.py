"""Measures how fast a data set is read, and how fast a network learns from it.

    python -m benchmarks.pipeline event_digits
    python -m benchmarks.pipeline n_mnist --manual-dir FOLDER --md5 Train.zip=... Test.zip=...
    python -m benchmarks.pipeline framing

For a data set, prints samples per second of the first epoch, which reads events and makes frames,
of later epochs, which come from memory, of epochs without cache, and of training steps of SMA-VGG8
(small) on samples in memory; and the share of a training step that reading would take.
For `framing`, prints the number of random events that `to_frames` counts per second of one core.
"""

import argparse
import statistics
import time
from typing import Any

import keras
import numpy as np

import keras_snn
from benchmarks.machine import peak_bytes
from benchmarks.ratio import timed
from benchmarks.workloads import EVENT_DIGITS

BATCH, ROUNDS = 16, 3
EVENTS, SENSORS = 5_000_000, ((34, 34), (128, 128), (720, 1280))


def samples_per_second(dataset: Any) -> float:
    """Reads a data set once."""
    start, samples = time.perf_counter(), 0
    for _, labels in dataset:
        samples += len(labels)
    return samples / (time.perf_counter() - start)


def loading(name: str, options: dict[str, Any]) -> dict[str, float]:
    """Returns the samples per second of each kind of epoch."""

    def load(cache: bool) -> Any:
        return keras_snn.datasets.load(name, "train", batch_size=BATCH, cache=cache, **options)

    cached, uncached = load(cache=True), load(cache=False)
    return {
        "first epoch": samples_per_second(cached),
        "later epochs": statistics.median(samples_per_second(cached) for _ in range(ROUNDS)),
        "without cache": statistics.median(samples_per_second(uncached) for _ in range(ROUNDS)),
    }


def training(name: str, options: dict[str, Any]) -> float:
    """Returns the samples per second of training steps on samples in memory."""
    dataset = keras_snn.datasets.load(name, "train", batch_size=BATCH, **options)
    frames, labels = next(iter(dataset))
    network = {**EVENT_DIGITS, "classes": keras_snn.datasets.info(name).classes}
    model = keras_snn.applications.SMAVGG8(input_shape=tuple(frames.shape[1:]), **network)
    model.compile("adam", "sparse_categorical_crossentropy")
    model.train_on_batch(frames, labels)  # compiles
    steps = [timed(lambda: model.train_on_batch(frames, labels), 2.0)[0] for _ in range(ROUNDS)]
    return len(labels) / statistics.median(steps)


def framing() -> None:
    """Prints the speed of `to_frames` for each sensor and way of slicing."""
    rng = np.random.default_rng(0)
    t = np.sort(rng.integers(10_000_000, size=EVENTS))  # ten seconds
    for height, width in SENSORS:
        x, y, p = (rng.integers(size, size=EVENTS) for size in (width, height, 2))
        events = keras_snn.datasets.make_recording(x, y, t, p)
        for slice_by in ("count", "time"):
            rates = [events_per_second(events, (height, width), slice_by) for _ in range(ROUNDS)]
            million = statistics.median(rates) / 1e6
            print(
                f"{width:>4}x{height:<3} by {slice_by:<6} {million:6.1f} million events per second"
            )


def events_per_second(events: np.ndarray, sensor_size: tuple[int, int], slice_by: str) -> float:
    """Cuts ten frames, in the time that the process computes, whatever else the machine does."""
    start = time.process_time()
    keras_snn.datasets.to_frames(events, sensor_size, 10, slice_by)
    return len(events) / (time.process_time() - start)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", choices=(*keras_snn.datasets.BUILDERS, "framing"))
    parser.add_argument("--data-dir")
    parser.add_argument("--manual-dir")
    parser.add_argument("--md5", nargs="*", default=[], metavar="ARCHIVE=DIGEST")
    arguments = parser.parse_args()
    if arguments.name == "framing":
        framing()
        return
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
