"""Cuts samples from decoded recordings, as a `tf.data.Dataset`."""

import dataclasses
import functools
import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from keras_snn import validation
from keras_snn.datasets.epochs import EpochSeeds
from keras_snn.datasets.events import EVENT
from keras_snn.datasets.folder import Folder
from keras_snn.datasets.framing import to_frames
from keras_snn.datasets.groups import cut_frames, group_size
from keras_snn.datasets.pixels import frame_shape
from keras_snn.datasets.recordings import Options, Recording, load_events

LABEL_MODES = ("int", "categorical", "binary", None)

AugmentEvents = Callable[[np.ndarray, np.random.Generator], np.ndarray]


@dataclasses.dataclass(frozen=True)
class Samples:
    """Windows of recordings, and the way in which they become frames.

    Args:
        paths: The files.
        recordings: The recordings, one per file.
        options: The way to read files again whose events were not kept.
        framing: Arguments of `to_frames`.
        augment: Function of the events and a generator that changes training samples, or None.
        seed: Seed of the order and of `augment`.
        initial_epoch: The epoch whose order and augmentation come first.
    """

    paths: Sequence[Path]
    recordings: Sequence[Recording]
    options: Options
    framing: dict[str, Any]
    augment: AugmentEvents | None
    seed: int
    initial_epoch: int

    def count(self, first: int, last: int) -> int:
        """Returns the number of samples in the recordings `first` to `last` - 1."""
        return sum(len(recording.windows) for recording in self.recordings[first:last])

    def cut(
        self, first: int, last: int, labels: np.ndarray | None, train: bool, shuffle: bool
    ) -> tf.data.Dataset:
        """Returns the samples of the recordings `first` to `last` - 1, one by one.

        Args:
            first: The first recording.
            last: The recording after the last one.
            labels: (recordings, ...), labels of all recordings, or None.
            train: Whether events are augmented.
            shuffle: Whether each epoch has a new order.
        """
        windows = [self.recordings[index].windows for index in range(first, last)]
        owner = np.repeat(np.arange(first, last), [len(some) for some in windows])
        table = np.column_stack([owner, np.concatenate(windows)])
        columns = (table,) if labels is None else (table, labels[owner])
        dataset = tf.data.Dataset.from_tensor_slices(columns)
        dataset = self._seeds().shuffle(dataset) if shuffle else dataset
        cut = functools.partial(self._frames, self.augment if train else None)
        shape = (self.framing["time_steps"], *frame_shape(*self._shape_arguments))
        pairs = self._seeds().pair(dataset)
        pairs = pairs.map(lambda sample, seed: ((sample[0], seed), sample[1:]))
        return cut_frames(pairs, cut, shape, self._at_once(table, shape))

    def _at_once(self, table: np.ndarray, shape: tuple) -> int:
        """Returns how many samples a call cuts: one if it reads files or makes unknown lengths."""
        if shape[0] is None or self.recordings[0].events is None:
            return 1
        events = EVENT.itemsize * float(np.mean(table[:, 2] - table[:, 1]))
        return group_size(max(events, 4 * math.prod(shape)))

    def _seeds(self) -> EpochSeeds:
        return EpochSeeds(self.seed, self.initial_epoch)

    @property
    def _shape_arguments(self) -> tuple:
        names = ("sensor_size", "size", "merge_polarities")
        return tuple(self.framing[name] for name in names)

    def _frames(
        self, augment: AugmentEvents | None, row: np.ndarray, seed: np.ndarray
    ) -> np.ndarray:
        """Returns the frames of a row: (recording, first event, event after the last one)."""
        index, start, stop = row.tolist()
        events = self.recordings[index].events
        if events is None:
            events, _ = load_events(self.paths[index], self.options)
        events = events[start:stop]
        if augment is not None:
            events = augment(events, np.random.default_rng(seed))
        return to_frames(events, **self.framing)


def label_encoder(
    label_mode: str | None, folder: Folder
) -> Callable[[np.ndarray | None], np.ndarray | None]:
    """Returns the function that encodes labels as `image_dataset_from_directory` does."""
    validation.choice("label_mode", label_mode, LABEL_MODES)
    classes = len(folder.class_names or ())
    rule = "not be 'binary' unless there are two classes"
    good = label_mode != "binary" or classes in (0, 2)
    validation.require(good, "label_mode", rule, classes=folder.class_names)

    def encode(labels: np.ndarray | None) -> np.ndarray | None:
        if labels is None or label_mode is None:
            return None
        if label_mode == "categorical":
            return np.eye(classes, dtype="float32")[labels]
        return labels.astype("float32")[:, None] if label_mode == "binary" else labels

    return encode
