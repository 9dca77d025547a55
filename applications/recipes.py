"""One row a published configuration: the data, the network, and how it is trained.

Source of the rows: SMA, arXiv 2405.13672, and FSTA, arXiv 2501.14744, with their supplements and
code. Weight decay of SGD: PyTorch adds it to the gradient, whose momentum of 0.9 makes ten times
as much of it; Keras takes it from the weights themselves, so the rows name the tenfold.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from spoken_words import spoken_words

Azo = tuple[int, int]


@dataclass(frozen=True)
class Recipe:
    """How `train.py` trains on one data set.

    Args:
        dataset: A name of `keras_snn.datasets.NAMES`.
        network: A name of `keras_snn.applications`, or a function that builds the network.
        epochs: Passes over the training data.
        batch_size: Samples in a step.
        learning_rate: At the start of the cosine.
        arguments: Of the network.
        attention: "sma", "fsta" or None.
        azo: Divisors of AZO for channels and time steps; None trains without it.
        optimizer: "adam", "adamw", "lamb", "nadam" or "sgd" (momentum 0.9).
        weight_decay: Of the optimizer.
        loss: "cross_entropy" and "mse" judge the mean of the logits over time, "tet" each step.
        label_smoothing: Of the cross entropy.
        data: Arguments of `keras_snn.datasets.load`.
        scale: What the inputs are multiplied by.
        mixup: Alpha of Mixup; 0 mixes nothing.
    """

    dataset: str
    network: str | Callable[..., Any]
    epochs: int
    batch_size: int
    learning_rate: float
    arguments: dict[str, Any] = field(default_factory=dict)
    attention: str | None = None
    azo: Azo | None = None
    optimizer: str = "adamw"
    weight_decay: float = 0.0
    loss: str = "cross_entropy"
    label_smoothing: float = 0.0
    data: dict[str, Any] = field(default_factory=dict)
    scale: float = 1.0
    mixup: float = 0.0

    @property
    def one_hot(self) -> bool:
        """Whether the loss takes vectors in place of integer labels."""
        return self.loss == "mse" or self.label_smoothing > 0 or self.mixup > 0


FOR_IMAGES: dict[str, Any] = {
    "optimizer": "sgd",
    "learning_rate": 0.1,
    "weight_decay": 1e-3,
    "label_smoothing": 0.1,
}


def _sma_imagenet(depth: int, batch_size: int) -> Recipe:
    """125 to 200 epochs in the paper. AZO's divisors for it are not published: these are ours."""
    return Recipe(
        dataset="imagenet2012",
        network=f"MSResNet{depth}",
        arguments={"time_steps": 6},
        attention="sma",
        azo=(4, 4),
        epochs=125,
        batch_size=batch_size,
        **FOR_IMAGES,
        data={"augment": "sma"},
    )


def _fsta_cifar(dataset: str, network: str) -> Recipe:
    """The weight decay is that of the paper's CIFAR10-DVS; for these sets it names none."""
    return Recipe(
        dataset=dataset,
        network=network,
        arguments={"time_steps": 2},
        attention="fsta",
        epochs=600,
        batch_size=128,
        **FOR_IMAGES,
        data={"augment": "fsta"},
    )


def _fsta_imagenet(depth: int) -> Recipe:
    """The paper names T and the network; the rest is that of SMA, without AutoAugment."""
    return Recipe(
        dataset="imagenet2012",
        network=f"SpikingResNet{depth}",
        arguments={"time_steps": 4},
        attention="fsta",
        epochs=125,
        batch_size=256,
        **FOR_IMAGES,
        data={"augment": "fsta"},
    )


SMALL = {"filters": (16, 16, 32, 64, 64), "units": (1024, 512)}  # 2 cores train it in minutes

RECIPES = {
    "event_digits": Recipe(
        dataset="event_digits",
        network="VGG8",
        arguments=SMALL,
        attention="sma",
        azo=(4, 4),
        epochs=20,
        batch_size=16,
        learning_rate=5e-3,
        weight_decay=1e-4,
    ),
    "n_mnist": Recipe(
        dataset="n_mnist",
        network="VGG8",
        arguments=SMALL,
        attention="sma",
        azo=(4, 4),
        epochs=20,
        batch_size=32,
        learning_rate=1e-3,
        weight_decay=1e-3,
    ),
    "shd": Recipe(
        dataset="shd",
        network=spoken_words,
        epochs=60,
        batch_size=64,
        learning_rate=2e-3,
        weight_decay=1e-3,
    ),
    "ssc": Recipe(
        dataset="ssc",
        network=spoken_words,
        epochs=60,
        batch_size=128,
        learning_rate=2e-3,
        weight_decay=1e-3,
    ),
    "sma_dvs128_gesture": Recipe(
        dataset="dvs128_gesture",
        network="VGG8",
        attention="sma",
        azo=(10, 4),
        epochs=200,
        batch_size=36,
        learning_rate=1e-4,
        weight_decay=1e-3,
        loss="mse",
        data={"time_steps": 16},
    ),
    "sma_cifar10_dvs": Recipe(
        dataset="cifar10_dvs",
        network="VGG8",
        attention="sma",
        azo=(4, 4),
        epochs=200,
        batch_size=96,
        optimizer="adam",
        learning_rate=1e-3,
        loss="mse",
        data={"time_steps": 10, "augment": "sma"},
    ),
    "sma_n_caltech101": Recipe(
        dataset="n_caltech101",
        network="VGG8",
        attention="sma",
        azo=(24, 4),
        epochs=300,
        batch_size=24,
        optimizer="nadam",
        learning_rate=1e-3,
        loss="tet",
        data={"time_steps": 14},
    ),
    "sma_imagenet2012_resnet18": _sma_imagenet(18, batch_size=384),
    "sma_imagenet2012_resnet34": _sma_imagenet(34, batch_size=256),
    "sma_imagenet2012_resnet104": _sma_imagenet(104, batch_size=224),
    "fsta_cifar10": _fsta_cifar("cifar10", "SpikingResNet20"),
    "fsta_cifar100": _fsta_cifar("cifar100", "SpikingResNet19"),
    "fsta_cifar10_dvs": Recipe(
        dataset="cifar10_dvs",
        network="SpikingResNet20",
        attention="fsta",
        epochs=500,
        batch_size=32,
        optimizer="sgd",
        learning_rate=0.02,
        weight_decay=1e-3,
        data={"time_steps": 10, "size": (64, 64), "augment": "fsta", "split_rule": "fsta"},
        scale=0.25,  # the mean of 2x2 pixels; --set antialias=True takes (1, 3, 3, 1) / 8 instead
        mixup=0.5,
    ),
    # Epochs and batch are those of the paper's CIFAR10-DVS; for this set it names none.
    "fsta_dvs128_gesture": Recipe(
        dataset="dvs128_gesture",
        network="SpikingResNet20",
        attention="fsta",
        epochs=500,
        batch_size=32,
        optimizer="lamb",
        learning_rate=5e-3,
        data={"time_steps": 16},
    ),
    "fsta_imagenet2012_resnet18": _fsta_imagenet(18),
    "fsta_imagenet2012_resnet34": _fsta_imagenet(34),
}
