"""Training that ends the same whether or not it was interrupted."""

import io
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np

from keras_snn.validation import count, flag, require

RECORD = "record"
"""Name of the array that holds epoch and history as JSON."""


class Backup(keras.callbacks.Callback):
    """Writes everything that training needs after every epoch, so that it can go on from there.

        backup = keras_snn.training.Backup("runs/backup.npz")
        model.fit(
            backup.shuffle(samples, seed=0).batch(32),
            epochs=20,
            initial_epoch=backup.initial_epoch,
            callbacks=[backup],
        )

    Start the same program again after an interruption, be it a kill, and it ends with the history
    and the weights of a run that was never interrupted. On one machine they are equal bit for bit
    where the operations are, as they are on the CPU. The file holds weights, optimizer, the state
    of the random numbers (of dropout, for example), the number of epochs and their history. It is
    written beside its place and moved there, so a whole file is there at any moment.

    The program must set a seed before it builds the model (`keras.utils.set_random_seed`), give
    `shuffle=False` to `fit`, and take the samples in an order that can be continued: by `shuffle`
    of this object, or by `initial_epoch=backup.initial_epoch` of `keras_snn.datasets.load` and
    `keras_snn.utils.event_dataset_from_directory`. The data sets of those two count their own
    iterations, so only `fit` should iterate them.

    Args:
        path: The file, which ends in `.npz`. Delete it to start anew.
        write: Whether this process writes; of several processes one does.
        resume: Whether the training goes on from the file. False removes it when the training
            begins.

    Raises:
        ValueError: if the file is damaged, or was written for another model.

    Source: ours. Differs from `keras.callbacks.BackupAndRestore`: keeps the state of the random
    numbers and the history; a kill while it writes loses nothing.
    """

    def __init__(
        self, path: str | os.PathLike[str], write: bool = True, resume: bool = True
    ) -> None:
        super().__init__()
        self.write = flag("write", write)
        self.path = Path(path)
        require(self.path.suffix == ".npz", "path", "end in .npz", path=str(path))
        there = flag("resume", resume) and self.path.exists()
        self.arrays = _read(self.path) if there else {}
        record = json.loads(str(self.arrays.pop(RECORD, '{"epoch": [], "history": {}}')))
        self.orders: list[Any] = []
        self.epochs: list[int] = record["epoch"]
        self.history: dict[str, list[float]] = record["history"]

    @property
    def initial_epoch(self) -> int:
        """Number of the epochs that are already done."""
        return len(self.epochs)

    def shuffle(self, dataset: Any, seed: int) -> Any:
        """Shuffles a `tf.data.Dataset` of single samples by the seed and the number of the epoch.

        `Dataset.shuffle` cannot be continued: its order depends on how often it was iterated.
        """
        from keras_snn.datasets.epochs import EpochSeeds

        self.orders.append(EpochSeeds(count("seed", seed, at_least=0)))
        return self.orders[-1].shuffle(dataset)

    def on_epoch_begin(self, epoch: int, logs: Mapping[str, float] | None = None) -> None:
        for order in self.orders:
            order.epoch = epoch

    def on_train_begin(self, logs: Mapping[str, float] | None = None) -> None:
        self.model.optimizer.build(self.model.trainable_variables)
        if self.arrays:
            _assign(self.path, self.arrays, _state(self.model))
            self.arrays = {}  # a second `fit` goes on from where the first ended
        elif self.write and not self.epochs:
            self.path.unlink(missing_ok=True)

    def on_epoch_end(self, epoch: int, logs: Mapping[str, float] | None = None) -> None:
        self.epochs.append(epoch)
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(float(value))
        if self.write:
            self._write()

    def on_train_end(self, logs: Mapping[str, float] | None = None) -> None:
        """Completes the history that `fit` returns."""
        self.model.history.epoch = list(self.epochs)
        self.model.history.history.update({name: list(row) for name, row in self.history.items()})

    def _write(self) -> None:
        arrays = {name: variable.numpy() for name, variable in _state(self.model).items()}
        record = json.dumps({"epoch": self.epochs, "history": self.history})
        self.path.parent.mkdir(parents=True, exist_ok=True)
        beside = self.path.with_suffix(".writing")
        with beside.open("wb") as file:
            np.savez(file, allow_pickle=False, **{RECORD: np.array(record)}, **arrays)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(self.path)


def _state(model: keras.Model) -> dict[str, Any]:
    """All variables of training by their place: weights, random numbers, optimizer.

    Paths would not do: Keras numbers the names of layers through the whole process.
    """
    variables = [*model.variables, *model.optimizer.variables]
    return {str(place): variable for place, variable in enumerate(variables)}


def _read(path: Path) -> dict[str, np.ndarray]:
    try:
        return dict(np.load(io.BytesIO(path.read_bytes()), allow_pickle=False))
    except Exception as error:  # whatever a broken file makes NumPy say, in one sentence
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise ValueError(
            f"`path` must be a whole backup; delete it to start anew. "
            f"Received: path={str(path)!r} ({reason})"
        ) from None


def _assign(path: Path, arrays: Mapping[str, np.ndarray], state: Mapping[str, Any]) -> None:
    """Gives every variable its value, or none."""
    both = arrays.keys() & state.keys()
    wrong = {name for name in both if arrays[name].shape != tuple(state[name].shape)}
    wrong |= arrays.keys() ^ state.keys()
    rule = "be a backup of this model and this optimizer; delete it to start anew"
    require(not wrong, "path", rule, path=str(path), differs=sorted(wrong)[:3])
    for name, variable in state.items():
        array = arrays[name]
        known = array.dtype.kind != "V"  # files of NumPy hold bfloat16 as bytes
        variable.assign(array if known else array.view(variable.dtype))
