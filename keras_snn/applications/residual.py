"""What the two families of residual networks share: signature, shortcuts, places."""

from collections.abc import Callable, Sequence
from typing import Any

import keras

from keras_snn.applications import blocks
from keras_snn.applications.plan import Place, Plan, Variant, check

ARGUMENTS = """
    Args:
        include_top: Whether pooling and classifier follow the last spikes.
        weights: None, or a path: `.weights.h5`, `.keras`, or the authors' `.pth`,
            `.safetensors` or `.npz`. With other `classes`, or without top, all but the
            classifier is loaded.
        input_tensor: Keras tensor to use as the input.
        input_shape: (height, width, channels) of a static image, at least {smallest}x{smallest},
            repeated `time_steps` times, or (time, height, width, channels) of frames. What is the
            same at every time step of an image is computed once.
        pooling: Without top: None gives features (batch, time, height, width, channels), "avg" or
            "max" a vector a sample, pooled over space and averaged over time.
        classes: Number of classes.
        classifier_activation: Activation of the mean over time of the logits; None gives logits.
        name: The model's name.
        attention: None, "sma" (after the first convolution of a block) or "fsta" ({fsta}).
        attention_activation: Inside SMA: "relu", "lif" or a layer.
        attention_blocks: Where attention stands: numbers of blocks, each in every stage that has
            it, or pairs (stage, block), both counted from 1{stem}; None is everywhere.
        azo: None, or an `AZO` layer, of which every SMA takes a copy.
        time_steps: Number of time steps of a static image, {time_steps} by default; of frames it
            is that of `input_shape`.
        return_sequences: Whether the output is the activation at every time step.
        filters: Channels of the {stages} stages; the stem has those of the first.

    Returns:
        A functional `keras.Model`, (batch, *input_shape) -> (batch, classes), or
        (batch, time, classes) with `return_sequences`.

    Raises:
        ValueError: for an argument out of its range, before anything is built.

    Example:
        >>> model = keras_snn.applications.{title}(input_shape=(32, 32, 3), classes=10)
        >>> model(np.zeros((1, 32, 32, 3))).shape
        (1, 10)
"""


def builder(
    variant: Variant, build: Callable[[Plan], keras.Model], doc: str, **words: Any
) -> Callable[..., keras.Model]:
    """The public function of a variant: checks its arguments and builds the network."""

    def function(
        include_top=True,
        weights=None,
        input_tensor=None,
        input_shape=None,
        pooling=None,
        classes=variant.classes,
        classifier_activation="softmax",
        name=variant.name,
        attention=variant.attention,
        attention_activation="relu",
        attention_blocks=variant.attention_blocks,
        azo=None,
        time_steps=None,
        return_sequences=False,
        filters=variant.filters,
    ):
        given = {key: value for key, value in locals().items() if key not in ("build", "variant")}
        return build(check(variant, **given))

    function.__name__ = function.__qualname__ = variant.title
    arguments = ARGUMENTS.format(
        title=variant.title,
        smallest=variant.smallest,
        time_steps=variant.time_steps,
        stages=len(variant.filters),
        stem=', or "stem" (FSTA alone)' if variant.stem else "",
        **words,
    )
    function.__doc__ = doc.format(title=variant.title, arguments=arguments)
    return function


def layout(structure: Any) -> dict[str, Any]:
    """The fields of a variant that follow from its `depths` and `stem`."""
    return {
        "places": places(structure.depths),
        "widths": tuple(
            f"stage{stage}_block1_conv1" for stage in range(1, len(structure.depths) + 1)
        ),
        "depths": structure.depths,
        "stem_kernels": tuple(kernel_size for kernel_size, _ in structure.stem),
    }


def places(depths: Sequence[int]) -> dict[Any, tuple[Place, ...]]:
    """What `attention_blocks` may hold: a block's number, or (stage, block)."""
    allowed: dict[Any, tuple[Place, ...]] = {
        block: tuple(
            f"stage{stage}_block{block}"
            for stage, depth in enumerate(depths, start=1)
            if block <= depth
        )
        for block in range(1, max(depths) + 1)
    }
    for stage, depth in enumerate(depths, start=1):
        for block in range(1, depth + 1):
            allowed[stage, block] = (f"stage{stage}_block{block}",)
    return allowed


def shortcut(
    x: Any, filters: int, strides: int, name: str, *, pooled: bool, **arguments: Any
) -> Any:
    """x in the shape of a block's residual: strided 1x1 convolution, or, `pooled`, average pool
    and 1x1 convolution; partial windows of the pool are averaged over what they cover.
    """
    if pooled:
        pool = keras.layers.AveragePooling2D(strides, padding="same", name=f"{name}_pool")
        x, strides = blocks.per_step(pool, x), 1
    return blocks.convolution(
        x, filters, 1, f"{name}_conv", strides=strides, use_bias=False, **arguments
    )
