"""The loss on firing rates."""

from typing import Any

import keras
from keras import ops

from keras_snn.losses.score_loss import ScoreLoss


@keras.saving.register_keras_serializable(package="keras_snn")
class RateLoss(ScoreLoss):
    """The loss compares the firing rates of the output neurons with the label.

        r[b, c] = mean over t of s[b, t, c]
        L[b] = -sum_c y[b, c] log softmax(r[b])_c           "crossentropy"
        L[b] = mean_c (r[b, c] - target[b, c])^2            "mse"

    s are the outputs, spikes or any other values, and y is 1 for the class of the sample b and 0
    for the others. target is `on_target` for that class and `off_target` for the others. Masked
    time steps take no part in the mean, samples without any other step none in the total.

    Args:
        loss: "crossentropy" or "mse".
        on_target: The rate wanted of the right class, in spikes per time step; 1 by default.
        off_target: The rate wanted of the other classes; 0 by default.
        reduction, name, dtype: As in `keras.losses.Loss`.

    Call arguments:
        y_true: Integer labels (batch,) or (batch, 1), or vectors (batch, classes).
        y_pred: (batch, time, classes).
        sample_weight: (batch,), or None.

    Raises:
        ValueError: for an unknown `loss`, targets without "mse", outputs without a time axis, and
            sample weights of another shape.

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
