"""Cuts the frames of several short recordings in one call of NumPy from a data set.

Such a call costs about as much time as counting the events of a short recording.
"""

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

BYTES_AT_ONCE = 2**21  # few enough for the frames of a group to stay in the processor's cache
FEWEST, MOST = 4, 32  # smaller groups cost more in copies than they save; larger save no more


def group_size(sample: float) -> int:
    """Returns how many samples are cut in one call, if each has `sample` bytes of memory."""
    samples = int(min(BYTES_AT_ONCE // sample, MOST))
    return samples if samples >= FEWEST else 1


def cut_frames(
    dataset: tf.data.Dataset,
    cut: Callable[..., np.ndarray],
    shape: tuple[int | None, ...],
    at_once: int,
) -> tf.data.Dataset:
    """Turns samples into their frames, in their order.

    Args:
        dataset: Pairs of the arguments of `cut` and a tuple of what is passed on, such as labels,
            of a known number. Arguments that differ in length are padded with zeros.
        cut: Returns the frames of one sample.
        shape: Shape of the frames of a sample. Its first axis is None if samples differ in length.
        at_once: Number of samples that are cut in one call.

    Returns:
        Frames, or tuples of frames and what is passed on.
    """

    def single(arguments: Any, others: Any) -> Any:
        frames = tf.numpy_function(cut, arguments, tf.float32, stateful=False)
        return sample(tf.ensure_shape(frames, shape), *others)

    def group(arguments: Any, others: Any) -> Any:
        cut_all, kinds = functools.partial(_cut_all, cut), (tf.float32, tf.int64)
        frames, steps = tf.numpy_function(cut_all, arguments, kinds, stateful=False)
        lengths = () if shape[0] else (tf.ensure_shape(steps, [None]),)
        return sample(tf.ensure_shape(frames, (None, *shape)), *lengths, *others)

    def sample(frames: tf.Tensor, *others: tf.Tensor) -> Any:
        return (frames, *others) if others else frames

    if at_once == 1:
        return dataset.map(single, num_parallel_calls=tf.data.AUTOTUNE)
    groups = dataset.padded_batch(at_once).map(group, num_parallel_calls=tf.data.AUTOTUNE)
    samples = groups.unbatch()
    if shape[0] is None:
        samples = samples.map(lambda frames, steps, *others: sample(frames[:steps], *others))
    return samples.apply(tf.data.experimental.assert_cardinality(len(dataset)))


def _cut_all(
    cut: Callable[..., np.ndarray], *arguments: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Returns the frames of a group, with empty ones after shorter samples, and their numbers."""
    frames = [cut(*each) for each in zip(*arguments, strict=True)]
    steps = np.array([len(each) for each in frames])
    stack = np.zeros((len(frames), steps.max(), *frames[0].shape[1:]), "float32")
    for row, each in zip(stack, frames, strict=True):
        row[: len(each)] = each
    return stack, steps
