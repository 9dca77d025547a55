"""Measures the accuracy of a converted network after every number of time steps."""

from typing import Any

import keras
import numpy as np

from keras_snn.validation import require


class AccuracyOverTime(dict):
    """A mapping from the number of time steps to the accuracy, which prints as a table."""

    def __str__(self) -> str:
        rows = [f"{steps:>10}  {accuracy:8.2%}" for steps, accuracy in self.items()]
        return "\n".join(["time steps  accuracy", *rows])


def accuracy_over_time(
    model: keras.Model, x: Any, y: Any, batch_size: int = 32
) -> AccuracyOverTime:
    """Measures the accuracy after every time step.

    Args:
        model: A network whose output is (batch, time, classes): the scores after every time step,
            as `from_ann(..., return_sequences=True)` gives them.
        x: Inputs, an array.
        y: Labels, integers (samples,).
        batch_size: Samples per batch.

    Returns:
        A mapping from the number of time steps to the share of correct answers, which prints as a
        table; `keras_snn.visualization.accuracy_over_time` draws it.

    Raises:
        ValueError: If the output has no time axis, or if there are more or fewer labels than
            inputs.

    Example:
        >>> ann = keras.Sequential([keras.Input((6,)), keras.layers.Dense(3, "relu")])
        >>> x, y = np.random.rand(20, 6), np.zeros(20, int)
        >>> spiking = keras_snn.conversion.from_ann(ann, x, time_steps=4, return_sequences=True)
        >>> accuracies = keras_snn.conversion.accuracy_over_time(spiking, x, y)
    """
    y = np.asarray(y)
    require(len(x) == len(y), "y", "have a label for every input", inputs=len(x), labels=len(y))
    rule = "give an output for every time step, (batch, time, classes)"
    require(len(model.output_shape) == 3, "model", rule, output_shape=model.output_shape)
    scores = model.predict(x, batch_size=batch_size, verbose=0)
    right = (scores.argmax(-1) == y[:, None]).mean(axis=0)
    return AccuracyOverTime({steps: float(a) for steps, a in enumerate(right, start=1)})
