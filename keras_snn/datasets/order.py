"""Orders samples by the number of the epoch."""

import tensorflow as tf

from keras_snn import validation

STRIDE = 1_000_003
"""Distance between the seeds of two orders, so that they share no epoch's seed."""


class EpochOrder:
    """Shuffles a data set anew in each epoch, by the seed and the number of the epoch alone.

    `tf.data` derives an order from the number of past iterations. A program that resumes a training
    in the tenth epoch has not iterated yet, so its orders would differ.

    Args:
        seed: An integer of at least 0.

    Raises:
        ValueError: If the seed is out of range.
    """

    def __init__(self, seed: int) -> None:
        self.seed = validation.count("seed", seed, at_least=0)
        self.epoch = tf.Variable(0, dtype="int64", trainable=False)

    def shuffle(self, dataset: tf.data.Dataset) -> tf.data.Dataset:
        """Returns all samples of a data set, in the order of the epoch number `epoch`."""
        samples = dataset.cardinality()
        known = int(samples) > 0
        validation.require(known, "dataset", "have a known size above 0", cardinality=int(samples))

        def ordered(_: tf.Tensor) -> tf.data.Dataset:
            seed = self.seed * STRIDE + self.epoch
            return dataset.shuffle(samples, seed=seed, reshuffle_each_iteration=False)

        once = tf.data.Dataset.from_tensors(0).flat_map(ordered)
        return once.apply(tf.data.experimental.assert_cardinality(samples))
