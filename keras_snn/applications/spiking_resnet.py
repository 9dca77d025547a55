"""Spiking ResNets for images, spikes on the shortcut, plain (SpikingResNet) or with FSTA."""

from dataclasses import dataclass
from typing import Any

import keras

from keras_snn.applications import blocks, preprocessing, residual
from keras_snn.applications.network import assemble
from keras_snn.applications.plan import Plan, Variant
from keras_snn.surrogates import Tanh
from keras_snn.validation import choice

DOC = """{title}: spiking residual network with spikes on the shortcut.

    Block: Conv3x3 - [SMA] - batch normalisation - [FSTA] - LIF - Conv3x3 - batch normalisation,
    added to the block's input or its projection, then [FSTA] - LIF. Every activation of the
    authors' network is FSTA and LIF, those of the stem included. LIF: tau 4/3, threshold 0.5, the
    input not scaled, the reset not detached, tanh of temperature 1 with FSTA, else 3.
{arguments}
    Source: arXiv 2501.14744 and the authors' code. Differs from the source: neurons fire at
    equality; the classifier stands behind the mean over time, where it gives the same.
    """


@dataclass(frozen=True)
class Structure:
    """What tells the depths apart.

    Args:
        depths, strides: Blocks and first stride of every stage.
        stem: Kernel size and strides of the stem's convolutions.
        stem_pool: None, or pool size and padding of the average pool of stride 2 behind them.
        pooled: Whether shortcuts are average pool and convolution instead of a strided one.
        reduction: Of FSTA in the blocks.
    """

    depths: tuple[int, ...]
    strides: tuple[int, ...]
    stem: tuple[tuple[int, int], ...]
    stem_pool: tuple[int, int] | None = None
    pooled: bool = False
    reduction: int = 1


def body(x: Any, plan: Plan) -> Any:
    """Stem and stages: (batch, time, height, width, channels)."""
    structure = plan.variant.structure
    x = _stem(x, plan, structure)
    for stage, (filters, depth) in enumerate(
        zip(plan.filters, structure.depths, strict=True), start=1
    ):
        for block in range(1, depth + 1):
            strides = structure.strides[stage - 1] if block == 1 else 1
            x = _block(x, plan, filters, strides, structure, f"stage{stage}_block{block}")
    return x


def _stem(x: Any, plan: Plan, structure: Structure) -> Any:
    for number, (kernel_size, strides) in enumerate(structure.stem, start=1):
        x = _convolution(x, plan.filters[0], kernel_size, f"stem_conv{number}", strides)
        x = blocks.normalization(x, plan, f"stem_bn{number}")
        x = blocks.attention(x, plan, "fsta", f"stem{number}", f"stem_fsta{number}")
        x = _spikes(x, plan, f"stem_lif{number}")
    if structure.stem_pool is None:
        return x
    size, padding = structure.stem_pool
    if padding:  # its zeros count in the mean
        x = blocks.per_step(keras.layers.ZeroPadding2D(padding, name="stem_pad"), x)
    return blocks.per_step(keras.layers.AveragePooling2D(size, 2, name="stem_pool"), x)


def _block(x: Any, plan: Plan, filters: int, strides: int, structure: Structure, name: str) -> Any:
    y = _convolution(x, filters, 3, f"{name}_conv1", strides)
    y = blocks.attention(y, plan, "sma", name, f"{name}_sma")
    y = blocks.normalization(y, plan, f"{name}_bn1")
    y = blocks.attention(y, plan, "fsta", name, f"{name}_fsta1")
    y = _spikes(y, plan, f"{name}_lif1")
    y = _convolution(y, filters, 3, f"{name}_conv2")
    y = blocks.normalization(y, plan, f"{name}_bn2")
    if strides > 1 or x.shape[-1] != filters:
        x = _shortcut(x, plan, filters, strides, structure, f"{name}_shortcut")
    y = keras.layers.Add(name=f"{name}_add")([y, x])
    y = blocks.attention(y, plan, "fsta", name, f"{name}_fsta2")
    return _spikes(y, plan, f"{name}_lif2")


def _shortcut(
    x: Any, plan: Plan, filters: int, strides: int, structure: Structure, name: str
) -> Any:
    x = residual.shortcut(
        x, filters, strides, name, pooled=structure.pooled, kernel_initializer=_he_fan_out()
    )
    return blocks.normalization(x, plan, f"{name}_bn")


def _convolution(x: Any, filters: int, kernel_size: int, name: str, strides: int = 1) -> Any:
    return blocks.convolution(
        x, filters, kernel_size, name, strides, use_bias=False, kernel_initializer=_he_fan_out()
    )


def _he_fan_out() -> keras.Initializer:
    """N(0, sqrt(2 / (k * k * out)))."""
    return keras.initializers.VarianceScaling(2.0, "fan_out", "untruncated_normal")


def _spikes(x: Any, plan: Plan, name: str) -> Any:
    return blocks.spikes(
        x,
        plan,
        name,
        tau=4 / 3,
        v_threshold=0.5,
        decay_input=False,
        detach_reset=False,
        surrogate=Tanh(1.0 if plan.attention == "fsta" else 3.0),
    )


def head(x: Any, plan: Plan) -> Any:
    """Means over space and time, classifier: spikes to class scores."""
    x = blocks.mean_over_time(blocks.mean_over_space(x), plan)
    start = keras.initializers.RandomNormal(stddev=1.0 / x.shape[-1])
    return blocks.classifier(x, plan, kernel_initializer=start)


def build(plan: Plan) -> keras.Model:
    """The network of a plan of this family."""
    return assemble(plan, body, head)


_IMAGENET: dict[str, Any] = {"strides": (1, 2, 2, 2), "stem": ((7, 2),), "stem_pool": (3, 1)}
STRUCTURES = {
    18: Structure((2, 2, 2, 2), **_IMAGENET),
    19: Structure((3, 3, 2), (1, 2, 2), ((3, 1),), reduction=16),
    20: Structure((2, 2, 2, 2), (1, 2, 2, 2), ((3, 1),) * 3, stem_pool=(2, 0), pooled=True),
    34: Structure((3, 4, 6, 3), **_IMAGENET),
}
DATA: dict[int, dict[str, Any]] = {
    18: {"input_shape": (224, 224, 3), "time_steps": 4, "classes": 1000, "smallest": 32},
    19: {"input_shape": (32, 32, 3), "time_steps": 2, "classes": 100, "smallest": 4},
    20: {"input_shape": (32, 32, 3), "time_steps": 2, "classes": 10, "smallest": 16},
    34: {"input_shape": (224, 224, 3), "time_steps": 4, "classes": 1000, "smallest": 32},
}


def _variant(prefix: str, layers: int, attention: str | None) -> Variant:
    structure = STRUCTURES[layers]
    return Variant(
        title=f"{prefix}ResNet{layers}",
        name=f"{prefix.lower()}_resnet{layers}",
        filters=(128, 256, 512) if layers == 19 else (64, 128, 256, 512),
        settings={
            "sma": {"channel_reduction": 4, "time_reduction": 1.5},
            "fsta": {"reduction": structure.reduction},
        },
        **residual.layout(structure),
        attention=attention,
        stem=tuple(f"stem{number}" for number in range(1, len(structure.stem) + 1)),
        stem_settings={"reduction": 1},
        structure=structure,
        **DATA[layers],
    )


VARIANTS = tuple(
    _variant(prefix, layers, attention)
    for prefix, attention in (("Spiking", None), ("FSTA", "fsta"))
    for layers in STRUCTURES
)
FSTA_PLACE = "before the neurons"
(
    SpikingResNet18,
    SpikingResNet19,
    SpikingResNet20,
    SpikingResNet34,
    FSTAResNet18,
    FSTAResNet19,
    FSTAResNet20,
    FSTAResNet34,
) = (residual.builder(variant, build, DOC, fsta=FSTA_PLACE) for variant in VARIANTS)


def preprocess_input(x: Any, data_format: str | None = None, dataset: str = "imagenet") -> Any:
    """RGB pixels from 0 to 255, standardised with a data set's mean and deviation.

    Args:
        x: Images or frames (..., height, width, 3), an array or a tensor; it is left unchanged.
        data_format: None or "channels_last".
        dataset: "imagenet" (18 and 34 layers), "cifar10" (20) or "cifar100" (19).

    Example:
        >>> images = fsta_resnet.preprocess_input(pixels, dataset="cifar10")
    """
    preprocessing.check_data_format(data_format)
    choice("dataset", dataset, preprocessing.STATISTICS)
    return preprocessing.standardize(x, dataset)


def decode_predictions(preds: Any, top: int = 5, class_names: Any = None) -> list[list[tuple]]:
    """The best classes of every sample.

    Args:
        preds: Class scores (batch, classes).
        top: How many classes.
        class_names: Names of the classes; None gives those of ImageNet where
            there are 1000, from Keras's own list, else their numbers.

    Returns:
        For every sample a list of (class, name, score), the best first.

    Raises:
        ValueError: for scores of another rank, or another number of names than classes.

    Example:
        >>> fsta_resnet.decode_predictions(model.predict(images), top=3)
    """
    return preprocessing.decode(preds, top, class_names, imagenet=True)
