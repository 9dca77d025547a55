"""What is kept of a run after every epoch, so that a kill loses no finished epoch."""

import math
import time
from pathlib import Path
from typing import Any

from keras_snn.distribution import alone
from keras_snn.training import Backup


class Progress(Backup):
    """Writes the state of the training after every epoch, and then the best weights so far.

    The best weights are those of the epoch with the lowest validation loss. If a kill comes between
    the two files, the best weights are written when the training goes on.

    Args:
        folder: Where the files are; it exists.
        resume: Whether to go on after the last finished epoch that is there. False removes the
            files of an earlier run when the training begins.
        write: Whether this process writes; of several processes one does.
    """

    def __init__(self, folder: Path, resume: bool, write: bool = True):
        super().__init__(folder / "backup.npz", write=write, resume=resume)
        self.folder = folder
        self.best_weights = folder / "best.weights.h5"

    def on_train_begin(self, logs: Any = None) -> None:
        super().on_train_begin(logs)
        if self.write and self.epochs:
            self._keep_best()
        elif self.write:
            self.best_weights.unlink(missing_ok=True)

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        super().on_epoch_begin(epoch, logs)
        self._start = time.perf_counter()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        seconds = time.perf_counter() - self._start
        super().on_epoch_end(epoch, {**(logs or {}), "seconds": seconds})
        if self.write:
            self._keep_best()

    def _keep_best(self) -> None:
        """Writes the weights if the last epoch is the best one."""
        *others, last = self.history["val_loss"]
        if math.isnan(last) or any(other <= last for other in others):
            return
        draft = self.folder / "draft.weights.h5"
        with alone():
            self.model.save_weights(draft, overwrite=True)
        draft.replace(self.best_weights)
