"""Measures the gap between the accuracy on training data and on other data."""

from collections.abc import Mapping
from typing import Any

import keras

from keras_snn.analysis.predictions import Predictions
from keras_snn.analysis.recording import observe
from keras_snn.analysis.table import Table
from keras_snn.validation import require


class GeneralizationGap(Table):
    """Gaps of networks: a mapping from names to training minus test accuracy, which prints.

    Columns: the gap and the two accuracies.
    """

    FORMATS = {  # noqa: RUF012, never written to
        "gap": "+.2%",
        "training accuracy": ".2%",
        "test accuracy": ".2%",
    }

    def __init__(self, rows: Mapping[str, Mapping[str, float]]) -> None:
        super().__init__(rows, self.FORMATS, key="network")


def generalization_gap(
    models: keras.Model | Mapping[str, keras.Model], train: Any, test: Any
) -> GeneralizationGap:
    """Measures how much more accurate classifiers are on training data than on test data.

        gap = accuracy(train) - accuracy(test)

    Both accuracies are measured in inference mode, in which AZO and dropout do nothing. To see the
    effect of AZO, pass a network trained with it and one trained without it.

    Args:
        models: A classifier, or several by name, such as "SMA" and "SMA + AZO". If a model has an
            output per time step, its mean over time counts.
        train: The training data with labels, in a form that `firing_rates` takes.
        test: Other data in the same form.

    Returns:
        `GeneralizationGap`, a mapping from names to gaps, which prints as a table.

    Raises:
        ValueError: If there is no model, if the data are empty or have no labels, or if an output
            is not a vector of class scores.

    Example:
        >>> model = keras_snn.applications.VGG8(input_shape=(4, 32, 32, 2))
        >>> data = (np.ones((2, 4, 32, 32, 2)), np.array([0, 1]))
        >>> keras_snn.analysis.generalization_gap(model, train=data, test=data)["vgg8"]
        0.0

    Source: arXiv 2405.13672, the comparison of SMA with and without AZO.
    """
    named = models if isinstance(models, Mapping) else {models.name: models}
    require(len(named) > 0, "models", "have at least one model", models=dict(named))
    return GeneralizationGap({name: _row(model, train, test) for name, model in named.items()})


def _row(model: keras.Model, train: Any, test: Any) -> dict[str, float]:
    seen, new = _accuracy(model, train, "train"), _accuracy(model, test, "test")
    return dict(zip(GeneralizationGap.FORMATS, (seen - new, seen, new), strict=True))


def _accuracy(model: keras.Model, data: Any, argument: str) -> float:
    predictions = Predictions()
    observe(model, data, predictions)
    accuracy = predictions.accuracy
    rule = "have labels, and the model scores of classes"
    require(accuracy is not None, argument, rule, model=model.name)
    assert accuracy is not None
    return accuracy
