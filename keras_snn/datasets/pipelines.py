"""Reads the samples of a prepared data set: frames or images, cached, shuffled, augmented."""

import functools
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import tensorflow as tf

from keras_snn.datasets.builders import EventDatasetBuilder
from keras_snn.datasets.epochs import EpochSeeds
from keras_snn.datasets.frame_augmentation import flip_and_distort, flip_and_shift, shrink
from keras_snn.datasets.images import IMAGE_SETS, Augment, read_images, standardize, to_input
from keras_snn.datasets.pixels import frame_shape
from keras_snn.datasets.reading import augmented, framed, read

FITS_IN_MEMORY = 2**32  # bytes of the largest split that is cached by default
SHUFFLED_AT_ONCE = 10_000  # encoded images in the shuffle buffer, for sets that are not cached

FRAME_AUGMENTATIONS: dict[str, dict[str, Augment]] = {
    "cifar10_dvs": {"sma": flip_and_shift, "fsta": flip_and_distort},
}

UserAugment = Callable[[tf.Tensor, tf.Tensor], tuple[tf.Tensor, tf.Tensor]]


def augmentations(name: str) -> Mapping[str, Augment]:
    """Returns a map from the names of papers to their augmentations of a data set."""
    if name in IMAGE_SETS:
        return IMAGE_SETS[name].augment
    return FRAME_AUGMENTATIONS.get(name, {})


@dataclass(frozen=True)
class Pipeline:
    """Reads the samples of a data set, with the arguments of `load`.

    Args:
        name: The data set.
        paper: Name of the paper whose augmentation is applied, or None.
        augment: Augmentation by a function of the user, or None.
        shuffle: Whether each epoch has a new order.
        seed: Seed of the order and of a paper's augmentation.
        initial_epoch: The epoch whose order and augmentation come first.
        cache: Whether samples stay in memory; None keeps them if they take at most 4 GiB.
        antialias: Whether frames are shrunk by a filter instead of by adding events.
    """

    name: str
    paper: str | None
    augment: UserAugment | None
    shuffle: bool
    seed: int | None
    initial_epoch: int
    cache: bool | None
    antialias: bool = False

    def frames(
        self, builder: EventDatasetBuilder, split: str, framing: dict[str, Any]
    ) -> tf.data.Dataset:
        """Reads events and cuts them into frames."""
        dataset = read(builder, split)
        shape = frame_shape(builder.SENSOR_SIZE, framing["size"])
        pixels = math.prod(shape) * (framing["time_steps"] or builder.TIME_STEPS)
        cache = self._caches(4 * pixels * len(dataset))
        if self.shuffle and not cache:  # before framing, as events are far smaller than frames
            dataset = self._seeds().shuffle(dataset)
        if self.antialias:
            dataset = framed(dataset, builder, **{**framing, "size": None})
            dataset = _map_images(dataset, functools.partial(shrink, size=framing["size"]))
        else:
            dataset = framed(dataset, builder, **framing)
        if cache:  # in memory only, because a file could outlive its settings
            dataset = dataset.cache()
        if self.shuffle and cache:
            dataset = self._seeds().shuffle(dataset)
        dataset = self._augmented_by_paper(dataset) if self.paper else dataset
        return augmented(dataset, self.augment) if self.augment else dataset

    def images(self, builder: Any, split: str) -> tf.data.Dataset:
        """Reads images and standardizes their pixels."""
        pixels = math.prod(IMAGE_SETS[self.name].shape)
        dataset, decode = read_images(builder, split)
        cache = self._caches(pixels * len(dataset))
        if cache:
            dataset = dataset.map(decode, num_parallel_calls=tf.data.AUTOTUNE).cache()
        if self.shuffle:
            dataset = self._seeds().shuffle(dataset, None if cache else SHUFFLED_AT_ONCE)
        if not cache:
            dataset = dataset.map(decode, num_parallel_calls=tf.data.AUTOTUNE)
        if self.paper:
            dataset = self._augmented_by_paper(dataset)
        else:
            dataset = _map_images(dataset, lambda image: to_input(self.name, image))
        dataset = _map_images(dataset, lambda image: standardize(self.name, image))
        return augmented(dataset, self.augment) if self.augment else dataset

    def _caches(self, size: int) -> bool:
        """Tells whether samples with a total of `size` bytes stay in memory."""
        return size <= FITS_IN_MEMORY if self.cache is None else self.cache

    def _seeds(self) -> EpochSeeds:
        return EpochSeeds(self.seed, self.initial_epoch)

    def _augmented_by_paper(self, dataset: tf.data.Dataset) -> tf.data.Dataset:
        change = augmentations(self.name)[str(self.paper)]
        return (
            self._seeds()
            .pair(dataset)
            .map(
                lambda sample, seed: (change(sample[0], seed), sample[1]),
                num_parallel_calls=tf.data.AUTOTUNE,
            )
        )


def _map_images(
    dataset: tf.data.Dataset, change: Callable[[tf.Tensor], tf.Tensor]
) -> tf.data.Dataset:
    return dataset.map(
        lambda image, label: (change(image), label), num_parallel_calls=tf.data.AUTOTUNE
    )
