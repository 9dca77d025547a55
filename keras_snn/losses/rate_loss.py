"""A loss on firing rates."""

from typing import Any

import keras
from keras import ops

from keras_snn.losses.score_loss import ScoreLoss


@keras.saving.register_keras_serializable(package="keras_snn")
class RateLoss(ScoreLoss):
    """Compares the firing rate of each output neuron with the label.

        r[b, c] = mean over t of s[b, t, c]
        L[b] = -sum_c y[b, c] log softmax(r[b])_c           "crossentropy"
        L[b] = mean_c (r[b, c] - target[b, c])^2            "mse"

    s are the outputs, spikes or any other values. y is 1 for the class of sample b and 0 for the
    others. target is `on_target` for that class and `off_target` for the others. Masked time steps
    do not count, nor does a sample whose time steps are all masked.

    Args:
        loss: "crossentropy" or "mse".
        on_target: Desired rate of the correct class, in spikes per time step. Default: 1.
        off_target: Desired rate of the other classes. Default: 0.
        reduction, name, dtype: As in `keras.losses.Loss`.

    Call arguments:
        y_true: Integer labels (batch,) or (batch, 1), or vectors (batch, classes).
        y_pred: (batch, time, classes).
        sample_weight: (batch,), or None.

    Raises:
        ValueError: If `loss` is unknown, if there are targets without "mse", if the outputs have no
            time axis, or if the sample weights have another shape.

    Example:
        >>> loss = keras_snn.losses.RateLoss("mse", on_target=0.8, off_target=0.1)
        >>> float(loss(np.array([1]), np.array([[[0.0, 1.0], [0.0, 0.0]]])))
        0.05...

    Source: Fang et al., arXiv 2007.05785 (mean squared error of rates). Differs from the source:
    cross-entropy is the default.
    """

    def scores(self, outputs: Any, kept: Any) -> Any:
        total = ops.sum(outputs * ops.expand_dims(kept, -1), axis=1)
        steps = ops.sum(kept, axis=1, keepdims=True)
        return total / ops.where(steps > 0, steps, ops.ones_like(steps))
