"""Runs `train.py shd --resume` again and again, kills it, and looks at what it left.

    python -m tests.recipes.killed FOLDER PREPARING TRAINING REPORTING

Kills it so many times while it prepares the data, while it trains (each time after another epoch),
and after the last epoch. Then one run is left in peace, and so is one that begins anew in another
folder. Every run is a fork, made before TensorFlow has computed anything. Prints what was on disk
after each kill, and at the end of both.
"""

import hashlib
import json
import os
import random
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "applications"))

import train
from recipes import RECIPES

from keras_snn.training import Backup
from tests.datasets import small_archives

EPOCHS = 30


class Run:
    """A run of `train.py`, and its files.

    Args:
        folder: Of the data and of folders for results.
        name: Of the folder for the results of this run.
        md5: Digests of the archives.
    """

    def __init__(self, folder: Path, name: str, md5: dict[str, str]):
        self.folder, self.output = folder, folder / name
        digests = [word for pair in md5.items() for word in ("--md5", "=".join(pair))]
        places = ["--data-dir", str(folder), "--output", str(self.output)]
        self.arguments = ["shd", "--resume", "--epochs", str(EPOCHS), *places, *digests]

    def start(self) -> int:
        """Starts a process that trains; returns its number."""
        child = os.fork()
        if child:
            return child
        code = 1
        try:
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
            code = train.main(self.arguments)
        finally:
            os._exit(code)

    def prepared(self) -> bool:
        return any(self.folder.glob("shd/settings_*/1.0.0/dataset_info.json"))

    def parts(self) -> int:
        """Number of folders of samples; every preparation begins one, and a kill leaves it."""
        return len(list(self.folder.glob("shd/settings_*/*")))

    def history(self) -> dict[str, list[float]]:
        history = Backup(self.output / "backup.npz").history
        return {name: row for name, row in history.items() if name != "seconds"}

    def losses(self) -> list[float]:
        return self.history().get("val_loss", [])

    def weights(self) -> str:
        """A digest of everything but the record: weights, optimizer, random numbers."""
        arrays = Backup(self.output / "backup.npz").arrays.values()
        return hashlib.md5(b"".join(array.tobytes() for array in arrays)).hexdigest()

    def end(self) -> dict:
        """Runs to the end; what it left."""
        _, status = os.waitpid(self.start(), 0)
        left = {"history": self.history(), "weights": self.weights()}
        return {"status": status, **left, **self.look()}

    def look(self) -> dict:
        """Whether the data would load, and the losses of the finished epochs."""
        return {"prepared": self.prepared(), "losses": self.losses()}


def kill(child: int) -> bool:
    """Kills a process; returns whether it had not ended by itself."""
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    if not os.WIFSIGNALED(status) and os.WEXITSTATUS(status) != 0:
        raise RuntimeError("train.py failed by itself.")
    return os.WIFSIGNALED(status)


def wait(child: int, ready: Callable[[], bool]) -> None:
    """Returns as soon as something is true, or the process has ended."""
    ended = os.WEXITED | os.WNOHANG | os.WNOWAIT
    while not ready() and os.waitid(os.P_PID, child, ended) is None:
        time.sleep(0.002)


def moment(run: Run, kind: str) -> tuple[Callable[[], bool], float]:
    """What a kill waits for, and how many seconds at most pass before it."""
    known, parts = len(run.losses()), run.parts()
    return {
        "prepare": (lambda: run.parts() > parts or run.prepared(), 0.05),
        "train": (lambda: len(run.losses()) > known, 0.1),
        "report": (lambda: len(run.losses()) == EPOCHS, 2.0),
    }[kind]


def main(place: str, *numbers: str) -> None:
    RECIPES["shd"] = replace(RECIPES["shd"], arguments={"units": (8, 8)})
    md5 = small_archives.shd(Path(place) / "downloads" / "manual" / "shd")
    run, whole = (Run(Path(place), name, md5) for name in ("run", "whole"))
    rng, found = random.Random(0), []
    kinds = ("prepare", "train", "report")
    order = [kind for kind, number in zip(kinds, numbers, strict=True) for _ in range(int(number))]
    for kind in order:
        ready, seconds = moment(run, kind)
        child = run.start()
        wait(child, ready)
        time.sleep(rng.uniform(0, seconds))
        found.append({"kind": kind, "killed": kill(child), **run.look()})
    ends = {"end": run.end(), "whole": whole.end()}
    print(json.dumps({"runs": found, **ends, "md5": md5}))


if __name__ == "__main__":
    main(*sys.argv[1:])
