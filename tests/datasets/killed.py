"""Prepares a data set again and again in processes that are killed, then once in peace.

    python -m tests.datasets.killed FOLDER TIMES

Every child process is forked before TensorFlow has started anything, and dies by a timer: the
signal ends it at once, without any cleaning up. Prints for each child how it ended and whether
anything could have been loaded then.
"""

import json
import os
import signal
import sys
import time
from pathlib import Path

import numpy as np

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


def loadable(folder: Path) -> bool:
    """Whether a directory looks like a prepared set."""
    return any(folder.glob("n_mnist/settings_*/1.0.0/dataset_info.json"))


def main() -> None:
    folder, times = Path(sys.argv[1]), int(sys.argv[2])
    start = time.perf_counter()
    prepare(folder / "whole", write_archives(folder / "whole"), None)
    duration = time.perf_counter() - start
    md5 = write_archives(folder)
    killed = []
    for seconds in np.linspace(0.02, 0.6 * duration, times):  # later preparations are faster
        if loadable(folder):
            break
        status = prepare(folder, md5, float(seconds))
        killed.append([os.WIFSIGNALED(status), loadable(folder)])
    finished = prepare(folder, md5, None)
    print(json.dumps({"killed": killed, "finished": finished, "loadable": loadable(folder)}))


if __name__ == "__main__":
    main()
