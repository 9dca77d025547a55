"""The samples of a recipe, as its loss takes them."""

import argparse
from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf
from recipes import Recipe

import keras_snn
from keras_snn.distribution import Devices

SPLITS = ("train", "validation", "test")
ALONE = Devices()


def load_splits(
    recipe: Recipe, options: argparse.Namespace, devices: Devices = ALONE
) -> dict[str, tf.data.Dataset]:
    """Loads train, validation and test data, the first with the recipe's augmentation."""
    return {split: load(recipe, options, split, devices) for split in SPLITS}


def load(
    recipe: Recipe,
    options: argparse.Namespace,
    split: str,
    devices: Devices = ALONE,
    *,
    plain: bool = False,
) -> tf.data.Dataset:
    """Loads a split, with the recipe's augmentation if it is for training.

    Args:
        recipe: The row.
        options: The command line.
        split: "train", "validation" or "test".
        devices: Those that train together; this process reads its part of the samples.
        plain: Whether training data are left as they are, for an evaluation.
    """
    augmented = split == "train" and not plain and not options.no_augmentation
    arguments = {**recipe.data, **dict(options.set)}
    if options.md5:
        arguments["md5"] = dict(options.md5)
    if options.time_steps and "time_steps" not in recipe.arguments:
        arguments["time_steps"] = options.time_steps
    if not augmented:
        arguments.pop("augment", None)
    arguments |= {"data_dir": options.data_dir, "manual_dir": options.manual_dir}
    arguments["drop_remainder"] = devices.number > 1

    def read(part: str, batch_size: int | None = None) -> Any:
        return keras_snn.datasets.load(recipe.dataset, part, batch_size=batch_size, **arguments)

    def total() -> int:
        return len(read(split))

    limits = [options.limit, options.samples if split == "train" else None]
    given = [limit for limit in limits if limit]
    if devices.processes > 1:
        part = devices.split(split, min([total(), *given]))
    else:
        part = limited(split, given, total)
    batch_size = devices.batch_size(options.batch_size or recipe.batch_size)
    dataset = read(part, batch_size)
    classes = keras_snn.datasets.info(recipe.dataset).classes
    return _finish(dataset, recipe, classes, recipe.mixup if augmented else 0.0)


def limited(split: str, limits: list[int], total: Callable[[], int]) -> str:
    """Returns the slice of a split that has as many samples as the limits allow."""
    return f"{split}[:{min(*limits, total())}]" if limits else split


def _finish(dataset: Any, recipe: Recipe, classes: int, mixup: float) -> tf.data.Dataset:
    """Scales inputs, makes vectors of labels, and mixes samples, where the recipe does."""
    steps = []
    if recipe.scale != 1.0:
        steps.append(lambda x, y: (x * recipe.scale, y))
    if recipe.one_hot:
        steps.append(lambda x, y: (x, tf.one_hot(y, classes)))
    if mixup:
        steps.append(Mixup(mixup))
    for step in steps:
        dataset = dataset.map(step, num_parallel_calls=tf.data.AUTOTUNE)
    return dataset.prefetch(tf.data.AUTOTUNE) if steps else dataset


class Mixup:
    """Mixes the samples of a batch, and their labels alike, in pairs.

    Args:
        alpha: Of the beta distribution that each pair's share is drawn from.

    Source: Zhang et al., arXiv 1710.09412. Differs from FSTA's code: each pair has a share of its
    own, where that draws one for the batch.
    """

    def __init__(self, alpha: float):
        self.layer = keras.layers.MixUp(alpha)

    def __call__(self, x: tf.Tensor, y: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        images = tf.reshape(x, (tf.shape(x)[0], 1, 1, -1))  # Keras mixes images alone
        mixed = self.layer({"images": images, "labels": y}, training=True)
        return tf.reshape(mixed["images"], tf.shape(x)), mixed["labels"]
