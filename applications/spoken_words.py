"""A small network for spikes of an artificial cochlea."""

from typing import Any

import keras

from keras_snn.layers import LIF, BatchNormalization, MeanOverTime


def spoken_words(
    input_shape: tuple[int, int],
    classes: int,
    classifier_activation: str | None = "softmax",
    units: tuple[int, ...] = (256, 256),
) -> keras.Model:
    """Builds dense layers of LIF neurons, and a classifier of their mean rates.

    Args:
        input_shape: (time, units of the cochlea).
        classes: Number of classes.
        classifier_activation: None gives logits.
        units: Sizes of the hidden layers.
    """
    inputs = x = keras.Input(input_shape)
    for number, size in enumerate(units, start=1):
        x = keras.layers.Dense(size, use_bias=False, name=f"fc{number}")(x)
        x = BatchNormalization(name=f"fc{number}_bn")(x)
        x = LIF(tau=4.0, name=f"fc{number}_lif")(x)
        x = keras.layers.Dropout(0.2, name=f"fc{number}_dropout")(x)
    x = MeanOverTime(name="mean")(x)
    options: dict[str, Any] = {"activation": classifier_activation, "name": "predictions"}
    return keras.Model(inputs, keras.layers.Dense(classes, **options)(x), name="spoken_words")
