"""A loss on the number of spikes."""

from typing import Any

import keras
from keras import ops

from keras_snn.losses.score_loss import ScoreLoss


@keras.saving.register_keras_serializable(package="keras_snn")
class CountLoss(ScoreLoss):
    """Compares the number of spikes of each output neuron with the label.

        n[b, c] = sum over t of s[b, t, c]
        L[b] = -sum_c y[b, c] log softmax(n[b])_c           "crossentropy"
        L[b] = mean_c (n[b, c] - target[b, c])^2            "mse"

    s are the outputs. y is 1 for the class of sample b and 0 for the others. target is `on_target`
    for that class and `off_target` for the others. Masked time steps do not count, nor does a
    sample whose time steps are all masked.

    Args:
        loss: "crossentropy" or "mse".
        on_target: Desired number of spikes for the correct class. Default: one per time step.
        off_target: Desired number of spikes for the other classes. Default: 0.
        reduction, name, dtype: As in `keras.losses.Loss`.

    Call arguments:
        y_true, y_pred, sample_weight: As in `RateLoss`.

    Raises:
        ValueError: As in `RateLoss`.

    Example:
        >>> loss = keras_snn.losses.CountLoss("mse")
        >>> float(loss(np.array([1]), np.array([[[0.0, 1.0], [0.0, 0.0]]])))
        0.5

    Source: Eshraghian et al., arXiv 2109.12894 (spike count losses). Differs from the source:
    targets are numbers of spikes, not shares of the time steps.
    """

    def scores(self, outputs: Any, kept: Any) -> Any:
        return ops.sum(outputs * ops.expand_dims(kept, -1), axis=1)

    def default_targets(self, steps: Any) -> tuple[Any, Any]:
        return steps, 0.0
