"""A loss on the largest membrane potential."""

from typing import Any

import keras
from keras import ops

from keras_snn.losses.score_loss import ScoreLoss


@keras.saving.register_keras_serializable(package="keras_snn")
class MaxMembraneLoss(ScoreLoss):
    """Compares the largest membrane potential of each output neuron with the label.

        u[b, c] = max over t of v[b, t, c]
        L[b] = -sum_c y[b, c] log softmax(u[b])_c           "crossentropy"
        L[b] = mean_c (u[b, c] - target[b, c])^2            "mse"

    v are the outputs, such as the membrane potentials of a `LeakyIntegrator`. y is 1 for the class
    of sample b and 0 for the others. target is `on_target` for that class and `off_target` for the
    others. The gradient goes to the time step of the largest value; if there are several, they
    share it equally. Masked time steps do not count, nor does a sample whose time steps are all
    masked.

    Args:
        loss: "crossentropy" or "mse".
        on_target: Desired potential of the correct class. Default: 1, the threshold of `LIF`.
        off_target: Desired potential of the other classes. Default: 0.
        reduction, name, dtype: As in `keras.losses.Loss`.

    Call arguments:
        y_true, y_pred, sample_weight: As in `RateLoss`.

    Raises:
        ValueError: As in `RateLoss`.

    Example:
        >>> loss = keras_snn.losses.MaxMembraneLoss("mse")
        >>> float(loss(np.array([1]), np.array([[[0.0, 1.0], [0.5, 0.0]]])))
        0.125

    Source: Cramer et al., arXiv 1910.07407 (max-over-time loss). Differs from the source: none.
    """

    def scores(self, outputs: Any, kept: Any) -> Any:
        low = ops.full_like(outputs, -float("inf"))
        largest = ops.max(ops.where(ops.expand_dims(kept, -1) > 0, outputs, low), axis=1)
        counted = ops.max(kept, axis=1, keepdims=True) > 0
        return ops.where(counted, largest, ops.zeros_like(largest))
