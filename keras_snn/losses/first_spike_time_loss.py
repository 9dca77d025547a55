"""The loss on the time of the first spike."""

from typing import Any

import keras

from keras_snn.functional.first_spike import first_spike_time
from keras_snn.losses.score_loss import ScoreLoss


@keras.saving.register_keras_serializable(package="keras_snn")
class FirstSpikeTimeLoss(ScoreLoss):
    """The loss compares the times of the output neurons' first spikes with the label.

        t1[b, c] = number of time steps before the first spike, of all steps without a spike
        L[b] = -sum_c y[b, c] log softmax(-t1[b])_c         "crossentropy"
        L[b] = mean_c (t1[b, c] - target[b, c])^2           "mse"

    y is 1 for the class of the sample b and 0 for the others: the right class should fire first.
    target is `on_target` for that class and `off_target` for the others. The gradient by a spike
    is the exact change of t1 when this spike is added or removed, so that silent neurons learn.
    Masked time steps are not counted, samples without any other step take no part in the total.

    Args:
        loss: "crossentropy" or "mse".
        on_target: Time steps wanted before the right class fires; 0 by default.
        off_target: Time steps wanted before the other classes fire. Default: all, so that they
            stay silent.
        reduction, name, dtype: As in `keras.losses.Loss`.

    Call arguments:
        y_true, sample_weight: As in `RateLoss`.
        y_pred: Spikes (batch, time, classes); every value greater than 0 is a spike.

    Raises:
        ValueError: as `RateLoss`.

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
