"""Prepares a data set again and again until so many processes were killed, then once in peace.

    python -m tests.datasets.killed FOLDER TIMES

Every child process is forked before TensorFlow has started anything, and dies by a timer: the
signal ends it at once, without any cleaning up. Prints for each child whether it was killed,
how many samples could have been loaded then, and how many unfinished folders or files there were.
"""

import json
import os
import random
import shutil
import signal
import sys
import time
from pathlib import Path

import keras_snn.datasets
from tests.datasets.small_archives import n_mnist

TRAIN, TEST = 400, 100


def write_archives(folder: Path) -> dict[str, str]:
    """Writes archives in the layout of N-MNIST; returns their digests."""
    return n_mnist(folder / "downloads" / "manual" / "n_mnist", TRAIN, TEST)


def prepare(folder: Path, md5: dict[str, str], seconds: float | None) -> int:
    """Prepares in a child process that is killed after so many seconds; returns its status."""
    child = os.fork()
    if child:
        return os.waitpid(child, 0)[1]
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 1)
    os.dup2(quiet, 2)
    if seconds is not None:
        signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        keras_snn.datasets.prepare("n_mnist", folder, md5=md5)
    finally:
        os._exit(0)


def samples(folder: Path) -> int:
    """Number of samples of the prepared set, 0 where there is none."""
    infos = folder.glob("n_mnist/settings_*/1.0.0/dataset_info.json")
    splits = [split for path in infos for split in json.loads(path.read_text())["splits"]]
    return sum(int(length) for split in splits for length in split["shardLengths"])


def leftovers(folder: Path) -> int:
    """Number of unfinished folders and files on disk."""
    return len(list(folder.glob("n_mnist/*/incomplete.*")))


def main() -> None:
    folder, times = Path(sys.argv[1]), int(sys.argv[2])
    start = time.perf_counter()
    prepare(folder / "whole", write_archives(folder / "whole"), None)
    duration = time.perf_counter() - start
    md5 = write_archives(folder)
    killed, rng = [], random.Random(0)
    while sum(signaled for signaled, *_ in killed) < times:
        status = prepare(folder, md5, rng.uniform(0.02, 0.6 * duration))  # later ones are faster
        killed.append([os.WIFSIGNALED(status), samples(folder), leftovers(folder)])
        if samples(folder):
            shutil.rmtree(folder / "n_mnist")
    finished = prepare(folder, md5, None)
    left = {"samples": samples(folder), "leftovers": leftovers(folder)}
    print(json.dumps({"killed": killed, "finished": finished, **left}))


if __name__ == "__main__":
    main()
