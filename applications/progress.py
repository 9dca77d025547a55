"""What is kept of a run after every epoch, so that a kill loses no finished epoch."""

import json
import math
import shutil
import time
from pathlib import Path
from typing import Any

import keras

from keras_snn.distribution import alone

SUFFIX = ".weights.h5"


class Progress(keras.callbacks.Callback):
    """Writes the state of the training after every epoch, and the best weights so far.

    Every file is written under another name and then renamed. The history follows the state: it
    names the epochs whose state is on disk. The best weights, those of the epoch with the lowest
    validation loss, are a copy of its state.

    Args:
        folder: Where the files are; it exists.
        resume: Whether to go on after the last finished epoch that is there.
        write: Whether this process writes; of several processes one does.
    """

    def __init__(self, folder: Path, resume: bool, write: bool = True):
        super().__init__()
        self.write = write
        self.folder = folder
        self.best_weights = folder / f"best{SUFFIX}"
        self._draft = folder / f"draft{SUFFIX}"
        self._history_file = folder / "history.json"
        self.history: dict[str, list[float]] = {}
        if resume and self._history_file.exists():
            self.history = json.loads(self._history_file.read_text())

    @property
    def epochs(self) -> int:
        """Number of finished epochs."""
        return len(self.history.get("loss", ()))

    def restore(self, model: keras.Model) -> None:
        """Sets weights and optimizer to where they were after the last finished epoch.

        Without one, this removes the files of an earlier run.
        """
        if not self.epochs:
            self._remove()
            return
        model.optimizer.build(model.trainable_variables)
        model.load_weights(self._state(self.epochs))
        if self.write:
            self._keep_best()  # a kill may have come between the history and the copy

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self._start = time.perf_counter()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        seconds = time.perf_counter() - self._start
        for name, value in {**(logs or {}), "seconds": seconds}.items():
            self.history.setdefault(name, []).append(float(value))
        if self.write:
            self._write()

    def _write(self) -> None:
        with alone():
            self.model.save_weights(self._draft, overwrite=True)
        self._draft.replace(self._state(self.epochs))
        draft = self.folder / "history.draft"
        draft.write_text(json.dumps(self.history))
        draft.replace(self._history_file)
        self._keep_best()
        for path in self._states() - {self._state(self.epochs)}:
            path.unlink()

    def _keep_best(self) -> None:
        """Copies the state of the last epoch if it is the best one."""
        *others, last = self.history["val_loss"]
        if not (math.isnan(last) or any(other <= last for other in others)):
            shutil.copyfile(self._state(self.epochs), self._draft)
            self._draft.replace(self.best_weights)

    def _state(self, epoch: int) -> Path:
        return self.folder / f"state{epoch}{SUFFIX}"

    def _states(self) -> set[Path]:
        return set(self.folder.glob(f"state*{SUFFIX}"))

    def _remove(self) -> None:
        if not self.write:
            return
        for path in (self._history_file, self.best_weights, *self._states()):
            path.unlink(missing_ok=True)
