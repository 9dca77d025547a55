"""Augments event frames as the papers do, with one transformation for all time steps."""

import math
from typing import Any

import tensorflow as tf

SHIFT = 5  # largest shift in pixels
SHEAR = 0.3  # largest shear: columns per row
ROTATION = math.radians(30)
ERASED_AREA = (0.001, 0.11)


def flip_and_shift(frames: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
    """Mirrors a sample with probability 1/2, and shifts it by up to 5 whole pixels along each axis.

    Args:
        frames: (time, height, width, channels), float32.
        seed: (2,), integers; the same seed gives the same transformation.

    Returns:
        The same shape; pixels from outside the frame are 0.

    Source: SMA, arXiv 2405.13672, for CIFAR10-DVS.
    """
    seeds = tf.random.experimental.stateless_split(seed, 2)
    frames = _flip(frames, seeds[0])
    down, right = tf.unstack(
        tf.random.stateless_uniform((2,), seeds[1], -SHIFT, SHIFT + 1, "int32")
    )
    return _transform(frames, _matrix(right=right, down=down))


def flip_and_distort(frames: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
    """Mirrors a sample with probability 1/2, and applies one of six changes to it.

    The six have the same probability: no change, a shear along x by up to 0.3, a shift by up to 5
    pixels along x, the same along y, a rotation by up to 30 degrees, and erasing a square of 0.1 to
    11 % of the area. Geometric changes take the nearest pixel and fill with zeros.

    Args:
        frames: (time, height, width, channels), float32.
        seed: (2,), integers; the same seed gives the same transformation.

    Returns:
        The same shape.

    Source: FSTA, arXiv 2501.14744, for CIFAR10-DVS.
    Differs from the source: the flip is drawn for each sample, not for each batch.
    """
    seeds = tf.random.experimental.stateless_split(seed, 3)
    frames = _flip(frames, seeds[0])
    strength = tf.random.stateless_uniform((), seeds[1], -1.0, 1.0)
    pixels = tf.round(strength * (SHIFT + 0.5) * 0.9999)  # -5 to 5, with equal probability
    height, width = (float(side) for side in frames.shape[1:3])
    changes = (
        lambda: frames,
        lambda: _transform(frames, _matrix(shear=SHEAR * strength, middle=(height - 1) / 2)),
        lambda: _transform(frames, _matrix(right=pixels)),
        lambda: _transform(frames, _matrix(down=pixels)),
        lambda: _transform(frames, _rotation(ROTATION * strength, height, width)),
        lambda: _erase(frames, seeds[2]),
    )
    chosen = tf.random.stateless_uniform((), [seed[0], seed[1] + 1], 0, len(changes), "int32")
    return tf.ensure_shape(tf.switch_case(chosen, changes), frames.shape)


def shrink(frames: tf.Tensor, size: tuple[int, int]) -> tf.Tensor:
    """Shrinks frames by an antialiased bilinear filter that keeps the number of events.

    For half the size the filter is (1, 3, 3, 1) / 4 along each axis. At the edges, the weights of
    the pixels inside the frame are scaled to the same sum.

    Args:
        frames: (time, height, width, channels), float32.
        size: (height, width) of the result.

    Returns:
        (time, *size, channels), float32.
    """
    height, width = frames.shape[1:3]
    area = height * width / (size[0] * size[1])
    return area * tf.image.resize(frames, size, antialias=True)


def _flip(frames: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
    mirrored = tf.random.stateless_uniform((), seed) < 0.5
    return tf.where(mirrored, tf.reverse(frames, (2,)), frames)


def _matrix(right: Any = 0.0, down: Any = 0.0, shear: Any = 0.0, middle: Any = 0.0) -> tf.Tensor:
    """Returns a matrix; pixel (x, y) comes from (x + shear * (y - middle) - right, y - down)."""
    right, down = tf.cast(right, tf.float32), tf.cast(down, tf.float32)
    return tf.stack([1.0, shear, -shear * middle - right, 0.0, 1.0, -down, 0.0, 0.0])


def _rotation(angle: tf.Tensor, height: float, width: float) -> tf.Tensor:
    """Returns a matrix; each pixel comes from its place rotated by `angle` about the center."""
    sine, cosine = tf.sin(angle), tf.cos(angle)
    x, y = (width - 1) / 2, (height - 1) / 2
    across = [cosine, -sine, x - cosine * x + sine * y]
    down = [sine, cosine, y - sine * x - cosine * y]
    return tf.stack([*across, *down, 0.0, 0.0])


def _transform(frames: tf.Tensor, matrix: tf.Tensor) -> tf.Tensor:
    """Moves the pixels of all frames by one matrix, (8,) as TensorFlow's operation expects."""
    return tf.raw_ops.ImageProjectiveTransformV3(
        images=frames,
        transforms=tf.tile(matrix[None], (tf.shape(frames)[0], 1)),
        output_shape=tf.shape(frames)[1:3],
        fill_value=0.0,
        interpolation="NEAREST",
        fill_mode="CONSTANT",
    )


def _erase(frames: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
    """Sets a square that lies wholly inside the frames to 0."""
    size, *place = tf.unstack(tf.random.stateless_uniform((3,), seed))
    least, most = ERASED_AREA
    height, width = (float(side) for side in frames.shape[1:3])
    side = tf.round(tf.sqrt((least + size * (most - least)) * height * width))
    inside = []
    for length, where in zip((height, width), place, strict=True):
        first = tf.floor(where * (length - side + 1))
        pixels = tf.range(length)
        inside.append((pixels >= first) & (pixels < first + side))
    hole = (inside[0][:, None] & inside[1][None, :])[None, :, :, None]
    return tf.where(hole, 0.0, frames)
