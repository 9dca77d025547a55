"""Lists and reads sets of static images, preprocessed and augmented as in the papers."""

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import tensorflow as tf

from keras_snn.applications.preprocessing import STATISTICS
from keras_snn.datasets.builders import tfds
from keras_snn.datasets.cifar10_dvs import CIFAR10DVS
from keras_snn.datasets.image_augmentation import augment_cifar, augment_imagenet, center
from keras_snn.datasets.splits import bounds

IMAGENET_SIDE, SHORTER_SIDE = 224, 256  # pixels: of the center, and before it is cut out

CIFAR100_NAMES = """
apple aquarium_fish baby bear beaver bed bee beetle bicycle bottle bowl boy bridge bus butterfly
camel can castle caterpillar cattle chair chimpanzee clock cloud cockroach couch crab crocodile cup
dinosaur dolphin elephant flatfish forest fox girl hamster house kangaroo keyboard lamp lawn_mower
leopard lion lizard lobster man maple_tree motorcycle mountain mouse mushroom oak_tree orange orchid
otter palm_tree pear pickup_truck pine_tree plain plate poppy porcupine possum rabbit raccoon ray
road rocket rose sea seal shark shrew skunk skyscraper snail snake spider squirrel streetcar
sunflower sweet_pepper table tank telephone television tiger tractor train trout tulip turtle
wardrobe whale willow_tree wolf woman worm
"""

Decode = Callable[[tf.Tensor, tf.Tensor], tuple[tf.Tensor, tf.Tensor]]
Augment = Callable[[tf.Tensor, tf.Tensor], tf.Tensor]
"""Takes an image and a seed (2,), and returns an augmented image; pixels are from 0 to 255."""


@dataclass(frozen=True)
class ImageSet:
    """The facts about a set of images that are known before anything is prepared.

    Args:
        shape: (height, width, channels) of the inputs.
        names: Names of the classes, in the order of the labels; empty if tensorflow-datasets is to
            be asked.
        train: Number of published training images.
        held_out: Number of these that are held out for validation.
        test: Number of test images.
        source: Origin of the images.
        license: Their license.
        test_split: Name of the test images in tensorflow-datasets.
        statistics: Row of `STATISTICS` that standardizes the pixels; None divides them by 255.
        archives: Files to fetch by hand.
        augment: Maps the names of papers to their augmentations.
    """

    shape: tuple[int, int, int]
    names: tuple[str, ...]
    train: int
    held_out: int
    test: int
    source: str
    license: str
    test_split: str = "test"
    statistics: str | None = None
    archives: tuple[str, ...] = ()
    augment: Mapping[str, Augment] = field(default_factory=dict)

    @property
    def sizes(self) -> dict[str, int]:
        """Maps the name of each split to its number of samples."""
        train = self.train - self.held_out
        return {"train": train, "validation": self.held_out, "test": self.test}


def _cifar(name: str, names: tuple[str, ...]) -> ImageSet:
    fill = tuple(255.0 * mean for mean in STATISTICS[name][0])
    return ImageSet(
        shape=(32, 32, 3),
        names=names,
        train=50_000,
        held_out=5_000,
        test=10_000,
        source="https://www.cs.toronto.edu/~kriz/cifar.html",
        license="not stated",
        statistics=name,
        augment={"fsta": functools.partial(augment_cifar, fill=fill)},
    )


IMAGE_SETS: dict[str, ImageSet] = {
    "mnist": ImageSet(
        shape=(28, 28, 1),
        names=tuple("0123456789"),
        train=60_000,
        held_out=6_000,
        test=10_000,
        source="http://yann.lecun.com/exdb/mnist",
        license="CC BY-SA 3.0",
    ),
    "cifar10": _cifar("cifar10", CIFAR10DVS.CLASS_NAMES),
    "cifar100": _cifar("cifar100", tuple(CIFAR100_NAMES.split())),
    "imagenet2012": ImageSet(
        shape=(IMAGENET_SIDE, IMAGENET_SIDE, 3),
        names=(),
        train=1_281_167,
        held_out=12_812,
        test=50_000,
        test_split="validation",
        source="https://image-net.org/download-images",
        license="ImageNet's terms of access",
        statistics="imagenet",
        archives=("ILSVRC2012_img_train.tar", "ILSVRC2012_img_val.tar"),
        augment={
            "sma": functools.partial(augment_imagenet, size=IMAGENET_SIDE),
            "fsta": functools.partial(augment_imagenet, size=IMAGENET_SIDE, policy=None),
        },
    ),
}


def class_names(name: str) -> tuple[str, ...]:
    """Returns the names of the classes, in the order of the labels."""
    known = IMAGE_SETS[name].names
    return known or tuple(tfds.builder(name).info.features["label"].names)


def read_images(builder: Any, split: str) -> tuple[tf.data.Dataset, Decode]:
    """Returns encoded images and labels of a split, and the function that decodes a sample.

    Raises:
        ValueError: If a slice is empty or reaches beyond its split.
    """
    parts = [_instruction(builder, part.strip()) for part in split.split("+")]
    whole = functools.reduce(lambda one, other: one + other, parts)
    dataset = builder.as_dataset(
        split=whole,
        as_supervised=True,
        read_config=tfds.ReadConfig(try_autocache=False),
        decoders={"image": tfds.decode.SkipDecoding()},
    )
    feature = builder.info.features["image"]
    return dataset, lambda image, label: (feature.decode_example(image), label)


def _instruction(builder: Any, part: str) -> Any:
    """Returns the samples of a split or slice as a part of tensorflow-datasets' splits."""
    row = IMAGE_SETS[builder.name]
    published = "train" if part.startswith(("train", "validation")) else row.test_split
    total = builder.info.splits[published].num_examples
    held_out = round(total * row.held_out / row.train)
    first, last = 0, total
    if part.startswith("train"):
        first = held_out
    elif part.startswith("validation"):
        last = held_out
    start, stop = bounds(part, last - first)
    return tfds.core.ReadInstruction(published, first + start, first + stop, unit="abs")


def to_input(name: str, image: tf.Tensor) -> tf.Tensor:
    """Returns an image with the size of the set's inputs, float32, pixels from 0 to 255."""
    if name == "imagenet2012":
        return center(image, IMAGENET_SIDE, SHORTER_SIDE)
    return tf.cast(image, tf.float32)


def standardize(name: str, image: tf.Tensor) -> tf.Tensor:
    """Turns pixels x from 0 to 255 into (x / 255 - mean) / deviation, per channel."""
    statistics = IMAGE_SETS[name].statistics
    if statistics is None:
        return image / 255.0
    mean, deviation = STATISTICS[statistics]
    return (image / 255.0 - tf.constant(mean)) / tf.constant(deviation)
