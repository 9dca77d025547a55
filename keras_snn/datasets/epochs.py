"""Random orders and random numbers that can be continued in any epoch."""

from collections.abc import Callable

import numpy as np
import tensorflow as tf

from keras_snn import validation

Make = Callable[[tf.Tensor], tf.data.Dataset]


class EpochSeeds:
    """Gives each epoch of a data set a seed: a function of one seed and the number of the epoch.

    Each iteration of the data set is the next epoch. The random numbers of `tf.data` depend on the
    number of past iterations too, but that always starts at 0: a program that resumes a training in
    the tenth epoch would repeat the first.

    Args:
        seed: An integer of at least 0; or None, which draws one from NumPy and thus follows
            `keras.utils.set_random_seed`.
        initial_epoch: The epoch that comes first, at least 0.

    Attributes:
        epoch: Number of the epoch that the next iteration is.

    Raises:
        ValueError: If an argument is out of range.
    """

    def __init__(self, seed: int | None, initial_epoch: int = 0) -> None:
        validation.optional_count("seed", seed, at_least=0)
        self.seed = int(np.random.randint(2**31)) if seed is None else seed
        self.epoch = validation.count("initial_epoch", initial_epoch, at_least=0)

    def shuffle(self, dataset: tf.data.Dataset, at_once: int | None = None) -> tf.data.Dataset:
        """Returns all samples in a new order, from a buffer of `at_once`, or of all for None."""
        samples = _known_size(dataset)
        buffer = samples if at_once is None else min(samples, at_once)
        return self._in_each_epoch(
            samples, lambda seed: dataset.shuffle(buffer, seed, reshuffle_each_iteration=False)
        )

    def pair(self, dataset: tf.data.Dataset) -> tf.data.Dataset:
        """Pairs each sample with two integers (2,), int64: the epoch's seed, and a number from 0.

        They are a seed for the functions in `tf.random` whose names begin with `stateless`.
        """
        samples = _known_size(dataset)
        numbers = tf.data.Dataset.range(samples)
        pairs = self._in_each_epoch(
            samples, lambda seed: numbers.map(lambda number: tf.stack([seed, number]))
        )
        return tf.data.Dataset.zip(dataset, pairs)

    def _in_each_epoch(self, samples: int, make: Make) -> tf.data.Dataset:
        """Returns the samples that `make` makes from the seed of the epoch."""

        def made(_: tf.Tensor) -> tf.data.Dataset:
            tf.compat.v1.get_default_graph().seed = None  # or the global seed would have an effect
            return make(tf.ensure_shape(tf.numpy_function(self._next, [], tf.int64), ()))

        once = tf.data.Dataset.from_tensors(0).flat_map(made)
        return once.apply(tf.data.experimental.assert_cardinality(samples))

    def _next(self) -> np.int64:
        """Returns the seed of the epoch that begins."""
        seed = np.random.SeedSequence((self.seed, self.epoch)).generate_state(1)
        self.epoch += 1
        return np.int64(seed[0])


def _known_size(dataset: tf.data.Dataset) -> int:
    size = int(dataset.cardinality())
    validation.require(size > 0, "dataset", "have a known size above 0", cardinality=size)
    return size
