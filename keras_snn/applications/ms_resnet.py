"""MS-ResNet for images, membranes on the shortcut, plain (MSResNet) or with SMA (SMAResNet)."""

from dataclasses import dataclass
from typing import Any

import keras

from keras_snn.applications import blocks, preprocessing, residual
from keras_snn.applications.network import assemble
from keras_snn.applications.plan import Plan, Variant

DOC = """{title}: spiking residual network with membrane shortcuts, for ImageNet.

    Block: LIF - Conv3x3 - [SMA] - batch normalisation - [FSTA] - LIF - Conv3x3 - batch
    normalisation, added to the block's input or, where that has another shape, to its projection.
    18 and 34 layers begin with a Conv7x7 of stride 2; 104 with three Conv3x3, average pools
    on the shortcuts, and dropout 0.2 before the classifier. LIF: tau 4/3, threshold 0.5, the input
    not scaled, rectangle.
{arguments}
    Source: Hu et al., arXiv 2112.08954; with SMA arXiv 2405.13672, and the authors' code. Differs
    from the source: neurons fire at equality; odd maps work with 104 layers too.
    """

THRESHOLD = 0.5
NEURON: dict[str, Any] = {
    "tau": 4 / 3,
    "v_threshold": THRESHOLD,
    "decay_input": False,
    "surrogate": "rectangular",
}
GAMMA = THRESHOLD
"""Start of batch normalisation; in the second of a block it is 0: the residual starts as zero."""


@dataclass(frozen=True)
class Structure:
    """What tells the depths apart.

    Args:
        depths: Blocks of every stage.
        stem: Kernel size and strides of the stem's convolutions.
        deep: Whether biases of the stem, shortcuts and head are those of 104 layers.
    """

    depths: tuple[int, ...]
    stem: tuple[tuple[int, int], ...]
    deep: bool = False


def body(x: Any, plan: Plan) -> Any:
    """Stem, stages and the last neurons: (batch, time, height, width, channels)."""
    structure = plan.variant.structure
    x = _stem(x, plan, structure)
    for stage, (filters, depth) in enumerate(
        zip(plan.filters, structure.depths, strict=True), start=1
    ):
        for block in range(1, depth + 1):
            strides = 2 if block == 1 else 1
            x = _block(x, plan, filters, strides, structure, f"stage{stage}_block{block}")
    return blocks.spikes(x, plan, "head_lif", **NEURON)


def _stem(x: Any, plan: Plan, structure: Structure) -> Any:
    for number, (kernel_size, strides) in enumerate(structure.stem, start=1):
        name = f"stem_conv{number}"
        x = blocks.convolution(
            x, plan.filters[0], kernel_size, name, strides=strides, use_bias=structure.deep
        )
    return blocks.normalization(x, plan, "stem_bn", GAMMA)


def _block(x: Any, plan: Plan, filters: int, strides: int, structure: Structure, name: str) -> Any:
    y = blocks.spikes(x, plan, f"{name}_lif1", **NEURON)
    y = blocks.convolution(y, filters, 3, f"{name}_conv1", strides=strides, use_bias=False)
    y = blocks.attention(y, plan, "sma", name, f"{name}_sma")
    y = blocks.normalization(y, plan, f"{name}_bn1", GAMMA)
    y = blocks.attention(y, plan, "fsta", name, f"{name}_fsta")
    y = blocks.spikes(y, plan, f"{name}_lif2", **NEURON)
    y = blocks.convolution(y, filters, 3, f"{name}_conv2", use_bias=False)
    y = blocks.normalization(y, plan, f"{name}_bn2", 0.0)
    if strides > 1:
        x = residual.shortcut(x, filters, strides, f"{name}_shortcut", pooled=structure.deep)
        x = blocks.normalization(x, plan, f"{name}_shortcut_bn", GAMMA)
    x = blocks.sequence(x, plan, f"{name}_shortcut")
    return keras.layers.Add(name=f"{name}_add")([y, x])


def head(x: Any, plan: Plan) -> Any:
    """Means over space and time, classifier: spikes to class scores."""
    x = blocks.mean_over_time(blocks.mean_over_space(x), plan)
    if plan.variant.structure.deep:
        x = blocks.dropout(x, 0.2, "dropout")
    return blocks.classifier(x, plan)


def build(plan: Plan) -> keras.Model:
    """The network of a plan of this family."""
    return assemble(plan, body, head)


STRUCTURES = {
    18: Structure((2, 2, 2, 2), ((7, 2),)),
    34: Structure((3, 4, 6, 3), ((7, 2),)),
    104: Structure((3, 8, 32, 8), ((3, 2), (3, 1), (3, 1)), deep=True),
}


def _variant(prefix: str, layers: int, attention: str | None) -> Variant:
    structure = STRUCTURES[layers]
    return Variant(
        title=f"{prefix}ResNet{layers}",
        name=f"{prefix.lower()}_resnet{layers}",
        input_shape=(224, 224, 3),
        time_steps=6,
        classes=1000,
        smallest=32,
        filters=(64, 128, 256, 512),
        # Of six time steps a bottleneck of four, as the authors have it.
        settings={"sma": {"channel_reduction": 4, "time_reduction": 1.5}, "fsta": {}},
        **residual.layout(structure),
        attention=attention,
        attention_blocks=(1, 2),
        structure=structure,
    )


VARIANTS = tuple(
    _variant(prefix, layers, attention)
    for prefix, attention in (("MS", None), ("SMA", "sma"))
    for layers in STRUCTURES
)
FSTA_PLACE = "before the second neuron of a block"
MSResNet18, MSResNet34, MSResNet104, SMAResNet18, SMAResNet34, SMAResNet104 = (
    residual.builder(variant, build, DOC, fsta=FSTA_PLACE) for variant in VARIANTS
)


def preprocess_input(x: Any, data_format: str | None = None) -> Any:
    """RGB pixels from 0 to 255, standardised with ImageNet's mean and deviation.

    Args:
        x: Images or frames (..., height, width, 3), an array or a tensor; it is left unchanged.
        data_format: None or "channels_last".

    Example:
        >>> images = ms_resnet.preprocess_input(pixels)
    """
    preprocessing.check_data_format(data_format)
    return preprocessing.standardize(x, "imagenet")


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
        >>> ms_resnet.decode_predictions(model.predict(images), top=3)
    """
    return preprocessing.decode(preds, top, class_names, imagenet=True)
