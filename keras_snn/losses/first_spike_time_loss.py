"""A loss on the time of the first spike."""

from typing import Any

import keras

from keras_snn.functional.first_spike import first_spike_time
from keras_snn.losses.score_loss import ScoreLoss


@keras.saving.register_keras_serializable(package="keras_snn")
class FirstSpikeTimeLoss(ScoreLoss):
    """Compares the time of the first spike of each output neuron with the label.

        t1[b, c] = number of time steps before the first spike; all steps if there is none
        L[b] = -sum_c y[b, c] log softmax(-t1[b])_c         "crossentropy"
        L[b] = mean_c (t1[b, c] - target[b, c])^2           "mse"

    y is 1 for the class of sample b and 0 for the others, so the correct class should fire first.
    target is `on_target` for that class and `off_target` for the others. The gradient with respect
    to a spike is the exact change of t1 if this spike is added or removed, so silent neurons learn
    too. Masked time steps do not count, nor does a sample whose time steps are all masked.

    Args:
        loss: "crossentropy" or "mse".
        on_target: Desired number of time steps before the correct class fires. Default: 0.
        off_target: Desired number of time steps before the other classes fire. Default: all, so
            that they stay silent.
        reduction, name, dtype: As in `keras.losses.Loss`.

    Call arguments:
        y_true, sample_weight: As in `RateLoss`.
        y_pred: Spikes (batch, time, classes); every value greater than 0 is a spike.

    Raises:
        ValueError: As in `RateLoss`.

    Example:
        >>> loss = keras_snn.losses.FirstSpikeTimeLoss("mse")
        >>> float(loss(np.array([1]), np.array([[[0.0, 0.0], [0.0, 1.0]]])))
        0.5

    Source: Mostafa, arXiv 1606.08165 (cross-entropy of negative first spike times). Differs from
    the source: times are whole steps, with the derivative of `keras_snn.functional.first_spike`.
    """

    def scores(self, outputs: Any, kept: Any) -> Any:
        return first_spike_time(outputs, kept)

    def logits(self, scores: Any) -> Any:
        return -scores

    def default_targets(self, steps: Any) -> tuple[Any, Any]:
        return 0.0, steps
