"""Trains a small network under `Backup`, kills it, starts it again, and compares the histories.

python -m tests.training.killed KILLS FOLDER: kills at random moments, 0 of them for none.
python -m tests.training.killed replace FOLDER: kills at each moment of writing, once each.

Prints the history of the run that was never killed, that of the run that was, and the kills.
TensorFlow is imported once: every run is a fork that has not computed anything before.
"""

import json
import os
import random
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from keras_snn import layers
from keras_snn.training import Backup

EPOCHS = 6


def train(folder: Path) -> None:
    """Trains to the end and leaves the history and a sum of all weights."""
    keras.utils.set_random_seed(3)
    rng = np.random.default_rng(0)
    x, y = rng.normal(1.0, 1.0, (48, 4, 12)).astype("float32"), rng.integers(3, size=48)
    samples = tf.data.Dataset.from_tensor_slices((x, y))
    inputs = keras.Input((4, 12))
    hidden = layers.BatchNormalization()(keras.layers.Dense(16)(inputs))
    hidden = keras.layers.Dropout(0.3)(layers.LIF()(hidden))
    outputs = keras.layers.Dense(3)(layers.MeanOverTime()(hidden))
    model = keras.Model(inputs, outputs)
    rate = keras.optimizers.schedules.CosineDecay(0.01, 6 * EPOCHS)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.AdamW(rate), loss, metrics=["accuracy"])
    backup = Backup(folder / "backup.npz")
    history = model.fit(
        backup.shuffle(samples, seed=5).batch(8),
        validation_data=samples.batch(16),
        epochs=EPOCHS,
        initial_epoch=backup.initial_epoch,
        callbacks=[backup],
        shuffle=False,
        verbose=0,
    )
    sums = [float(np.float64(w).sum()).hex() for w in model.get_weights()]
    exact = {name: [value.hex() for value in row] for name, row in history.history.items()}
    result = {"history": exact, "epochs": history.epoch, "weights": sums}
    (folder / "beside.json").write_text(json.dumps(result))
    (folder / "beside.json").replace(folder / "result.json")


def start(folder: Path, prepare: Callable[[], None] = lambda: None) -> int:
    """A process that trains; returns its number."""
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        prepare()
        train(folder)
        code = 0
    finally:
        os._exit(code)


def killing(function: Callable, before: bool) -> Callable:
    """The function, with a kill before or after it."""

    def killed(*arguments, **keywords):
        if not before:
            function(*arguments, **keywords)
        os.kill(os.getpid(), signal.SIGKILL)

    return killed


def half_written(file, **arrays) -> None:
    """Writes a part of the file, and is killed."""
    file.write(b"PK\x03\x04 a part")
    file.flush()
    os.kill(os.getpid(), signal.SIGKILL)


WRITING = {
    "before the file": lambda: setattr(np, "savez", killing(np.savez, before=True)),
    "within the file": lambda: setattr(np, "savez", half_written),
    "before the move": lambda: setattr(Path, "replace", killing(Path.replace, before=True)),
    "after the move": lambda: setattr(Path, "replace", killing(Path.replace, before=False)),
}


def wait(child: int) -> bool:
    """Whether the process was killed; a failure of its own is one of this program."""
    _, status = os.waitpid(child, 0)
    if not os.WIFSIGNALED(status) and os.WEXITSTATUS(status) != 0:
        raise RuntimeError("The training failed by itself.")
    return os.WIFSIGNALED(status)


def kill_at_random(folder: Path, kills: int, seconds: float) -> int:
    """Kills runs at random moments of the time that one takes, then lets them end."""
    rng, done = random.Random(0), 0
    while done < kills:
        child = start(folder)
        time.sleep(rng.uniform(0.0, seconds))
        os.kill(child, signal.SIGKILL)
        done += wait(child)
        if (folder / "result.json").exists():  # it was faster: the next run starts anew
            yield folder / "result.json"
            for path in folder.iterdir():
                path.unlink()
    wait(start(folder))
    yield folder / "result.json"


def main(kind: str, place: str) -> None:
    whole, killed = Path(place) / "whole", Path(place) / "killed"
    for folder in (whole, killed):
        folder.mkdir(parents=True)
    begin = time.perf_counter()
    wait(start(whole))
    seconds = time.perf_counter() - begin
    wanted = json.loads((whole / "result.json").read_text())
    assert len(wanted["epochs"]) == EPOCHS
    if kind == "replace":
        kills = sum(wait(start(killed, prepare)) for prepare in WRITING.values())
        wait(start(killed))
        runs = [json.loads((killed / "result.json").read_text())]
    else:
        kills = int(kind)
        found = kill_at_random(killed, kills, 1.2 * seconds)
        runs = [json.loads(path.read_text()) for path in found]
    equal = sum(run == wanted for run in runs)
    for run in runs:
        if run != wanted:
            print(wanted, run, sep="\n")
    print(json.dumps({"kills": kills, "runs": len(runs), "equal": equal, "seconds": seconds}))


if __name__ == "__main__":
    main(*sys.argv[1:])
