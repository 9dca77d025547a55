"""Defines the base of the builders of published sets, whose archives a user fetches by hand."""

import abc
import dataclasses
import inspect
import re
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

import numpy as np

from keras_snn import validation
from keras_snn.datasets.archives import check_md5, class_of, find_archives
from keras_snn.datasets.builders import EventConfig, EventDatasetBuilder
from keras_snn.datasets.split_rules import split_by_rule
from keras_snn.datasets.splits import VALIDATION_FRACTION, stratified_order

SPLIT_SEED = 0


class Sample(NamedTuple):
    """A recording in an archive.

    Args:
        label: The class.
        read: Function that reads and returns the events.
    """

    label: int
    read: Callable[[], np.ndarray]


def samples_of(
    entries: Sequence[Any], class_names: Sequence[str], read: Callable[[Any], np.ndarray]
) -> list[Sample]:
    """Returns the samples of files that lie in folders named after their classes."""
    return [Sample(class_of(entry, class_names), partial(read, entry)) for entry in entries]


def divided(
    entries: Sequence[Any], samples: Sequence[Sample], split_rule: str
) -> dict[str, list[Sample]]:
    """Divides the samples of a set without an official division, by `split_rule`."""
    labels = np.array([sample.label for sample in samples])
    parts = split_by_rule([entry.name for entry in entries], labels, split_rule)
    return {split: [samples[index] for index in indices] for split, indices in parts.items()}


@dataclasses.dataclass(frozen=True)
class ArchiveSettings:
    """The settings of a data set that is read from archives.

    Args:
        md5: Maps names of archives to hexadecimal MD5 digests. An archive named here may be another
            one in the same layout, such as a selection of the recordings, if it has this digest.
            Archives that are not named must be the published ones.

    Raises:
        ValueError: If `md5` is not a mapping, or a digest does not have 32 hexadecimal digits.
    """

    md5: Mapping[str, str] | Sequence[Sequence[str]] = ()

    def __post_init__(self) -> None:
        usable = isinstance(self.md5, (Mapping, Sequence)) and not isinstance(self.md5, str)
        rule = "be a dictionary of archive names and MD5 digests"
        validation.require(usable, "md5", rule, md5=self.md5)
        pairs = tuple(sorted(dict(self.md5).items()))  # type: ignore[arg-type]
        for name, digest in pairs:
            usable = isinstance(digest, str) and bool(re.fullmatch("[0-9a-f]{32}", digest))
            validation.require(usable, "md5", "have 32 hexadecimal digits", **{name: digest})
        object.__setattr__(self, "md5", pairs)  # equal settings have equal fields


class ArchiveDatasetBuilder(EventDatasetBuilder):
    """Base of builders that read archives from tensorflow-datasets' manual directory.

    A subclass names the archives and lists the samples in them. If it lists no `"validation"`
    samples, a fixed tenth of the published training data with the same mix of classes is held out.
    Unpacked files go to the folder `unpacked`, which exists only while the set is prepared.
    """

    SETTINGS = ArchiveSettings
    CONSTANTS: ClassVar = {"splits": [SPLIT_SEED, VALIDATION_FRACTION]}
    ARCHIVES: ClassVar[dict[str, str]]  # from file names to MD5 digests or their beginnings
    PUBLISHED: ClassVar[dict[str, int]]  # numbers of published samples: "train" and "test"

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if inspect.isabstract(cls):  # a base of builders
            return
        train, held_out = cls.PUBLISHED["train"], _held_out(cls.PUBLISHED["train"])
        test = cls.PUBLISHED["test"]
        if "SIZES" not in vars(cls):
            cls.SIZES = {"train": train - held_out, "validation": held_out, "test": test}
        cls.MANUAL_DOWNLOAD_INSTRUCTIONS = f"{', '.join(cls.ARCHIVES)}. {cls.about()}"

    @classmethod
    def configure(cls, **settings: Any) -> EventConfig:
        """Returns the configuration of these settings; `md5` may name archives of this set only."""
        config = super().configure(**settings)
        chosen = dict(config.settings.md5)
        rule = f"name archives of {cls.name}: {', '.join(cls.ARCHIVES)}"
        validation.require(chosen.keys() <= cls.ARCHIVES.keys(), "md5", rule, md5=chosen)
        return config

    @abc.abstractmethod
    def samples(self, archives: list[Path]) -> dict[str, list[Sample]]:
        """Lists the samples of `"train"` and `"test"`, always in the same order."""

    def _download_and_prepare(self, **options: Any) -> None:
        # Here data_dir is the folder `incomplete.*`, with which unpacked files disappear.
        with tempfile.TemporaryDirectory(dir=self.data_dir) as folder:
            self.unpacked = Path(folder)
            super()._download_and_prepare(**options)

    @classmethod
    def about(cls) -> str:
        """Returns a sentence about the origin of the archives and their license."""
        return f"They come from {cls.SOURCE} ({cls.LICENSE})"

    def find_archives(self, folder: Path) -> list[Path]:
        """Returns the archives in a folder, or raises an error that says where to get them."""
        return find_archives(self.ARCHIVES, Path(folder), self.name, self.about())

    def _split_generators(self, dl_manager: Any) -> dict[str, Iterator]:
        archives = self.find_archives(dl_manager.manual_dir)
        accepted = {**self.ARCHIVES, **dict(self.builder_config.settings.md5)}
        for path, name in zip(archives, self.ARCHIVES, strict=True):
            check_md5(path, accepted[name])
        parts = _hold_out(self.samples(archives))
        return {split: self._generate_examples(samples) for split, samples in parts.items()}

    def _generate_examples(self, samples: list[Sample]) -> Iterator:
        for place, sample in enumerate(samples):
            events = sample.read()
            columns = {name: np.ascontiguousarray(events[name]) for name in "xytp"}
            yield place, {"events": columns, "label": sample.label}


def _hold_out(parts: dict[str, list[Sample]]) -> dict[str, list[Sample]]:
    """Returns train, validation and test samples; in each split the classes take turns."""
    parts = {split: _in_turns(samples) for split, samples in parts.items()}
    if "validation" in parts:
        return parts
    train, test = parts["train"], parts["test"]
    held_out = _held_out(len(train))
    return {"train": train[held_out:], "validation": train[:held_out], "test": test}


def _held_out(train: int) -> int:
    """Returns how many of the published training samples are held out for validation."""
    return round(VALIDATION_FRACTION * train)


def _in_turns(samples: list[Sample]) -> list[Sample]:
    labels = np.array([sample.label for sample in samples])
    return [samples[index] for index in stratified_order(labels, SPLIT_SEED)]
