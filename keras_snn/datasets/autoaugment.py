"""AutoAugment: pairs of image operations that were learned on CIFAR-10 and on ImageNet."""

from collections.abc import Callable
from typing import Any

import numpy as np

from keras_snn import validation
from keras_snn.extras import import_extra

Step = tuple[str, float, int]
"""An operation, the probability that it is applied, and its magnitude from 0 to 9."""

LEVELS = 9  # the largest magnitude
SIGNED = ("ShearX", "ShearY", "TranslateX", "TranslateY", "Rotate")
ENHANCED = ("Brightness", "Color", "Contrast", "Sharpness")

CIFAR10: tuple[tuple[Step, Step], ...] = (
    (("Invert", 0.1, 7), ("Contrast", 0.2, 6)),
    (("Rotate", 0.7, 2), ("TranslateX", 0.3, 9)),
    (("Sharpness", 0.8, 1), ("Sharpness", 0.9, 3)),
    (("ShearY", 0.5, 8), ("TranslateY", 0.7, 9)),
    (("AutoContrast", 0.5, 8), ("Equalize", 0.9, 2)),
    (("ShearY", 0.2, 7), ("Posterize", 0.3, 7)),
    (("Color", 0.4, 3), ("Brightness", 0.6, 7)),
    (("Sharpness", 0.3, 9), ("Brightness", 0.7, 9)),
    (("Equalize", 0.6, 5), ("Equalize", 0.5, 1)),
    (("Contrast", 0.6, 7), ("Sharpness", 0.6, 5)),
    (("Color", 0.7, 7), ("TranslateX", 0.5, 8)),
    (("Equalize", 0.3, 7), ("AutoContrast", 0.4, 8)),
    (("TranslateY", 0.4, 3), ("Sharpness", 0.2, 6)),
    (("Brightness", 0.9, 6), ("Color", 0.2, 8)),
    (("Solarize", 0.5, 2), ("Invert", 0.0, 3)),
    (("Equalize", 0.2, 0), ("AutoContrast", 0.6, 0)),
    (("Equalize", 0.2, 8), ("Equalize", 0.6, 4)),
    (("Color", 0.9, 9), ("Equalize", 0.6, 6)),
    (("AutoContrast", 0.8, 4), ("Solarize", 0.2, 8)),
    (("Brightness", 0.1, 3), ("Color", 0.7, 0)),
    (("Solarize", 0.4, 5), ("AutoContrast", 0.9, 3)),
    (("TranslateY", 0.9, 9), ("TranslateY", 0.7, 9)),
    (("AutoContrast", 0.9, 2), ("Solarize", 0.8, 3)),
    (("Equalize", 0.8, 8), ("Invert", 0.1, 3)),
    (("TranslateY", 0.7, 9), ("AutoContrast", 0.9, 1)),
)

IMAGENET: tuple[tuple[Step, Step], ...] = (
    (("Posterize", 0.4, 8), ("Rotate", 0.6, 9)),
    (("Solarize", 0.6, 5), ("AutoContrast", 0.6, 5)),
    (("Equalize", 0.8, 8), ("Equalize", 0.6, 3)),
    (("Posterize", 0.6, 7), ("Posterize", 0.6, 6)),
    (("Equalize", 0.4, 7), ("Solarize", 0.2, 4)),
    (("Equalize", 0.4, 4), ("Rotate", 0.8, 8)),
    (("Solarize", 0.6, 3), ("Equalize", 0.6, 7)),
    (("Posterize", 0.8, 5), ("Equalize", 1.0, 2)),
    (("Rotate", 0.2, 3), ("Solarize", 0.6, 8)),
    (("Equalize", 0.6, 8), ("Posterize", 0.4, 6)),
    (("Rotate", 0.8, 8), ("Color", 0.4, 0)),
    (("Rotate", 0.4, 9), ("Equalize", 0.6, 2)),
    (("Equalize", 0.0, 7), ("Equalize", 0.8, 8)),
    (("Invert", 0.6, 4), ("Equalize", 1.0, 8)),
    (("Color", 0.6, 4), ("Contrast", 1.0, 8)),
    (("Rotate", 0.8, 8), ("Color", 1.0, 2)),
    (("Color", 0.8, 8), ("Solarize", 0.8, 7)),
    (("Sharpness", 0.4, 7), ("Invert", 0.6, 8)),
    (("ShearX", 0.6, 5), ("Equalize", 1.0, 9)),
    (("Color", 0.4, 0), ("Equalize", 0.6, 3)),
    (("Equalize", 0.4, 7), ("Solarize", 0.2, 4)),
    (("Solarize", 0.6, 5), ("AutoContrast", 0.6, 5)),
    (("Invert", 0.6, 4), ("Equalize", 1.0, 8)),
    (("Color", 0.6, 4), ("Contrast", 1.0, 8)),
    (("Equalize", 0.8, 8), ("Equalize", 0.6, 3)),
)
POLICIES = {"cifar10": CIFAR10, "imagenet": IMAGENET}


def auto_augment(
    image: np.ndarray, generator: np.random.Generator, policy: str = "cifar10"
) -> np.ndarray:
    """Changes an image by one of 25 learned pairs of operations.

    All pairs have the same probability. Each operation of the chosen pair is applied with the
    probability in its row. A magnitude m from 0 to 9 means a shear of m / 30, a translation by
    m / 9 * 150 / 331 of the side, a rotation by m / 9 * 30 degrees, a factor 1 +- m / 10 on
    brightness, color, contrast or sharpness, round(m / 9 * 4) fewer bits per color, or an inversion
    of values from 255 * (1 - m / 9) on. Signs are drawn with equal probability. Geometric
    operations take the nearest pixel and fill with zeros.

    Args:
        image: (height, width, 3), uint8.
        generator: Draws the random numbers.
        policy: `"cifar10"` or `"imagenet"`, the data set on which the pairs were learned.

    Returns:
        (height, width, 3), uint8.

    Raises:
        ValueError: If the policy is unknown.
        ImportError: If Pillow is not installed.

    Source: Cubuk et al., AutoAugment, arXiv 1805.09501, tables 7 and 9.
    Differs from the source: none.
    """
    pairs = POLICIES[validation.choice("policy", policy, POLICIES)]
    picture = import_extra("PIL.Image", "data").fromarray(image)
    for name, probability, magnitude in pairs[generator.integers(len(pairs))]:
        if generator.random() < probability:
            picture = apply(picture, name, magnitude, 1 if generator.random() < 0.5 else -1)
    return np.asarray(picture)


def apply(picture: Any, name: str, magnitude: int, sign: int = 1) -> Any:
    """Applies one operation to a Pillow image; `sign` is 1 or -1, and some operations ignore it."""
    strength = magnitude / LEVELS
    if name in SIGNED:
        return _GEOMETRIC[name](picture, sign * strength)
    if name in ENHANCED:
        enhancer = getattr(import_extra("PIL.ImageEnhance", "data"), name)
        return enhancer(picture).enhance(1 + sign * 0.9 * strength)
    operations = import_extra("PIL.ImageOps", "data")
    if name == "Posterize":
        return operations.posterize(picture, 8 - round(4 * strength))
    if name == "Solarize":
        return operations.solarize(picture, 255 * (1 - strength))
    return getattr(operations, name.lower())(picture)  # AutoContrast, Equalize, Invert


def _transform(picture: Any, matrix: tuple[float, ...]) -> Any:
    """Takes output pixel (x, y) from pixel (a x + b y + c, d x + e y + f)."""
    image = import_extra("PIL.Image", "data")
    return picture.transform(picture.size, image.Transform.AFFINE, matrix)


_GEOMETRIC: dict[str, Callable[[Any, float], Any]] = {
    "ShearX": lambda picture, s: _transform(picture, (1, 0.3 * s, 0, 0, 1, 0)),
    "ShearY": lambda picture, s: _transform(picture, (1, 0, 0, 0.3 * s, 1, 0)),
    "TranslateX": lambda picture, s: _transform(
        picture, (1, 0, s * 150 / 331 * picture.width, 0, 1, 0)
    ),
    "TranslateY": lambda picture, s: _transform(
        picture, (1, 0, 0, 0, 1, s * 150 / 331 * picture.height)
    ),
    "Rotate": lambda picture, s: picture.rotate(30 * s),
}
