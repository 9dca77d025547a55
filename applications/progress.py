"""What is kept of a run after every epoch, so that a kill loses no finished epoch."""

import json
import time
from pathlib import Path
from typing import Any

import keras

SUFFIX = ".weights.h5"


class Progress(keras.callbacks.Callback):
    """Writes the state of the training after every epoch, and the best weights so far.

    Every file is written under another name and then renamed, the history last: it names the
    epochs whose state is on disk. The best weights are those of the lowest validation loss.

    Args:
        folder: Where the files are; it exists.
        resume: Whether to go on after the last finished epoch that is there. Otherwise the files
            of an earlier run are removed.
        write: Whether this process writes; of several processes one does.
    """

    def __init__(self, folder: Path, resume: bool, write: bool = True):
        super().__init__()
        self.write = write
        self.folder = folder
        self.best_weights = folder / f"best{SUFFIX}"
        self._history_file = folder / "history.json"
        self.history: dict[str, list[float]] = {}
        if resume and self._history_file.exists():
            self.history = json.loads(self._history_file.read_text())
        elif write:
            self._remove()

    @property
    def epochs(self) -> int:
        """Number of finished epochs."""
        return len(self.history.get("loss", ()))

    def restore(self, model: keras.Model) -> None:
        """Sets weights and optimizer to where they were after the last finished epoch."""
        if self.epochs:
            model.optimizer.build(model.trainable_variables)
            model.load_weights(self._state(self.epochs))

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self._start = time.perf_counter()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        found = {**(logs or {}), "seconds": time.perf_counter() - self._start}
        best = min(self.history.get("val_loss", ()), default=float("inf"))
        if self.write and found["val_loss"] < best:
            self._save(self.best_weights)
        for name, value in found.items():
            self.history.setdefault(name, []).append(float(value))
        if self.write:
            self._write()

    def _write(self) -> None:
        self._save(self._state(self.epochs))
        draft = self.folder / "history.draft"
        draft.write_text(json.dumps(self.history))
        draft.replace(self._history_file)
        self._state(self.epochs - 1).unlink(missing_ok=True)

    def _state(self, epoch: int) -> Path:
        return self.folder / f"state{epoch}{SUFFIX}"

    def _save(self, path: Path) -> None:
        draft = self.folder / f"draft{SUFFIX}"
        self.model.save_weights(draft, overwrite=True)
        draft.replace(path)

    def _remove(self) -> None:
        for path in (self._history_file, self.best_weights, *self.folder.glob(f"state*{SUFFIX}")):
            path.unlink(missing_ok=True)
