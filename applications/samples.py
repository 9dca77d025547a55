"""The samples of a recipe, as its loss takes them."""

import argparse
from collections.abc import Callable
from typing import Any

import tensorflow as tf
from recipes import Recipe

import keras_snn
from keras_snn.datasets.epochs import EpochSeeds
from keras_snn.distribution import Devices

SPLITS = ("train", "validation", "test")
ALONE = Devices()


def load_splits(
    recipe: Recipe,
    options: argparse.Namespace,
    devices: Devices = ALONE,
    initial_epoch: int = 0,
) -> dict[str, tf.data.Dataset]:
    """Loads train, validation and test data, the first with the recipe's augmentation."""
    return {
        split: load(recipe, options, split, devices, initial_epoch=initial_epoch)
        for split in SPLITS
    }


def load(
    recipe: Recipe,
    options: argparse.Namespace,
    split: str,
    devices: Devices = ALONE,
    *,
    initial_epoch: int = 0,
    plain: bool = False,
) -> tf.data.Dataset:
    """Loads a split, with the recipe's augmentation if it is for training.

    Args:
        recipe: The row.
        options: The command line.
        split: "train", "validation" or "test".
        devices: Those that train together; this process reads its part of the samples.
        initial_epoch: Number of finished epochs, with which the random numbers go on.
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
    arguments |= {"seed": options.seed, "initial_epoch": initial_epoch}
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
    mixing = None
    if recipe.mixup and augmented:  # with other numbers than those of the augmentation
        mixing = EpochSeeds(options.seed + 1, initial_epoch)
    return _finish(dataset, recipe, classes, mixing)


def limited(split: str, limits: list[int], total: Callable[[], int]) -> str:
    """Returns the slice of a split that has as many samples as the limits allow."""
    return f"{split}[:{min(*limits, total())}]" if limits else split


def _finish(
    dataset: Any, recipe: Recipe, classes: int, mixing: EpochSeeds | None
) -> tf.data.Dataset:
    """Scales inputs, makes vectors of labels, and mixes samples, where the recipe does."""
    steps = []
    if recipe.scale != 1.0:
        steps.append(lambda x, y: (x * recipe.scale, y))
    if recipe.one_hot:
        steps.append(lambda x, y: (x, tf.one_hot(y, classes)))
    for step in steps:
        dataset = dataset.map(step, num_parallel_calls=tf.data.AUTOTUNE)
    if mixing is not None:
        dataset = mixed(dataset, recipe.mixup, mixing)
    return dataset.prefetch(tf.data.AUTOTUNE) if steps else dataset


def mixed(dataset: Any, alpha: float, seeds: EpochSeeds) -> tf.data.Dataset:
    """Applies `mixup` to each batch, with a seed of the epoch and the batch."""
    return seeds.pair(dataset).map(
        lambda batch, seed: mixup(batch[0], batch[1], alpha, seed),
        num_parallel_calls=tf.data.AUTOTUNE,
    )


def mixup(x: tf.Tensor, y: tf.Tensor, alpha: float, seed: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Mixes the samples of a batch, and their labels alike, in pairs: s a + (1 - s) b.

    Each sample a has a partner b, by a permutation of the batch, and a share s of its own, drawn
    from the beta distribution B(alpha, alpha).

    Args:
        x: (batch, ...), float32.
        y: (batch, classes), float32.
        alpha: Of the distribution, above 0.
        seed: (2,), integers; the same seed gives the same mixture.

    Source: Zhang et al., arXiv 1710.09412. Differs from FSTA's code: that draws one share for the
    batch. `keras.layers.MixUp` mixes as here, but its random numbers cannot be repeated in the
    parallel threads of `tf.data`.
    """
    size = tf.shape(x)[0]
    first, second, third = tf.unstack(tf.random.experimental.stateless_split(seed, 3))
    partner = tf.random.experimental.stateless_shuffle(tf.range(size), first)
    one, other = (tf.random.stateless_gamma((size,), key, alpha) for key in (second, third))
    share = one / (one + other)  # B(alpha, alpha)

    def mix(values: tf.Tensor) -> tf.Tensor:
        shares = tf.reshape(share, (size, *(1,) * (len(values.shape) - 1)))
        return shares * values + (1.0 - shares) * tf.gather(values, partner)

    return mix(x), mix(y)
