"""Augments static images as the papers do, one sample at a time, from seeds."""

import functools

import numpy as np
import tensorflow as tf

from keras_snn.datasets.autoaugment import auto_augment

PADDING = 4  # pixels added on each side of an image of CIFAR before it is cropped
HOLE = 16  # pixels per side of the square that Cutout removes
AREA, ASPECT = (0.08, 1.0), (3 / 4, 4 / 3)  # ranges for random crops of ImageNet

Color = tuple[float, ...]


def augment_cifar(image: tf.Tensor, seed: tf.Tensor, fill: Color) -> tf.Tensor:
    """Crops an image, flips it, applies AutoAugment's CIFAR-10 policy, and cuts out a square.

    The image is padded by 4 pixels on each side and cropped to its size at random, mirrored with
    probability 1/2, and changed by `auto_augment`. A square of 16x16 pixels is filled last.

    Args:
        image: (height, width, 3), uint8.
        seed: (2,), integers; the same seed gives the same image.
        fill: Color of the square, three numbers from 0 to 255; the papers use the data set's mean.

    Returns:
        (height, width, 3), float32, pixels from 0 to 255.

    Source: FSTA, arXiv 2501.14744; Cutout, arXiv 1708.04552.
    """
    seeds = tf.random.experimental.stateless_split(seed, 4)
    padded = tf.pad(image, ((PADDING, PADDING), (PADDING, PADDING), (0, 0)))
    image = tf.image.stateless_random_crop(padded, image.shape, seeds[0])
    image = tf.image.stateless_random_flip_left_right(image, seeds[1])
    image = _auto_augment(image, seeds[2], "cifar10")
    return cut_out(tf.cast(image, tf.float32), seeds[3], fill)


def augment_imagenet(
    image: tf.Tensor, seed: tf.Tensor, size: int, policy: str | None = "imagenet"
) -> tf.Tensor:
    """Crops a random part of 8 to 100 % of the area, flips it, and applies AutoAugment.

    The part has an aspect ratio of 3/4 to 4/3 and is mirrored with probability 1/2. It is scaled
    bilinearly, with antialiasing if it shrinks, as Pillow does for the authors' transformations.

    Args:
        image: (height, width, 3), uint8, of any size.
        seed: (2,), integers; the same seed gives the same image.
        size: Height and width of the result.
        policy: AutoAugment's policy, or None to leave it out.

    Returns:
        (size, size, 3), float32, pixels from 0 to 255.

    Source: SMA, arXiv 2405.13672.
    """
    seeds = tf.random.experimental.stateless_split(seed, 3)
    begin, extent, _ = tf.image.stateless_sample_distorted_bounding_box(
        tf.shape(image),
        tf.zeros((1, 0, 4)),
        seeds[0],
        min_object_covered=0.0,
        aspect_ratio_range=ASPECT,
        area_range=AREA,
        max_attempts=10,
        use_image_if_no_bounding_boxes=True,
    )
    image = tf.image.resize(tf.slice(image, begin, extent), (size, size), antialias=True)
    image = tf.image.stateless_random_flip_left_right(image, seeds[1])
    image = tf.ensure_shape(image, (size, size, 3))
    if policy is None:
        return image
    pixels = tf.cast(tf.clip_by_value(tf.round(image), 0, 255), tf.uint8)
    return tf.cast(_auto_augment(pixels, seeds[2], policy), tf.float32)


def cut_out(image: tf.Tensor, seed: tf.Tensor, fill: Color) -> tf.Tensor:
    """Fills a square of 16x16 pixels around a random pixel; it may exceed the image's edges."""
    places = [
        tf.range(side)
        - tf.random.stateless_uniform((), [seed[0], seed[1] + axis], 0, side, "int32")
        for axis, side in enumerate(image.shape[:2])
    ]
    rows, columns = ((place >= -HOLE // 2) & (place < HOLE // 2) for place in places)
    hole = (rows[:, None] & columns[None, :])[:, :, None]
    return tf.where(hole, tf.constant(fill), image)


def center(image: tf.Tensor, size: int, shorter_side: int) -> tf.Tensor:
    """Scales an image to `shorter_side` pixels, and returns the square of `size` at its center."""
    sides = tf.cast(tf.shape(image)[:2], tf.float32)
    scaled = tf.cast(tf.round(sides * shorter_side / tf.reduce_min(sides)), tf.int32)
    image = tf.image.resize(image, scaled, antialias=True)
    return tf.ensure_shape(tf.image.resize_with_crop_or_pad(image, size, size), (size, size, 3))


def _auto_augment(image: tf.Tensor, seed: tf.Tensor, policy: str) -> tf.Tensor:
    change = functools.partial(_from_seed, policy=policy)
    changed = tf.numpy_function(change, (image, seed), tf.uint8, stateful=False)
    return tf.ensure_shape(changed, image.shape)


def _from_seed(image: np.ndarray, seed: np.ndarray, policy: str) -> np.ndarray:
    generator = np.random.default_rng(np.abs(seed.astype("int64")).tolist())
    return auto_augment(image, generator, policy)
