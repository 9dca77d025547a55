"""A metric of the time until a decision is final."""

from typing import Any

import keras
from keras import ops

from keras_snn.metrics.decisions import at_the_end, checked, decide, has_steps, weigh
from keras_snn.validation import choice


@keras.saving.register_keras_serializable(package="keras_snn")
class DecisionLatency(keras.metrics.Mean):
    """Measures after how many time steps the decision no longer changes, as a mean over samples.

        latency[b] = smallest n >= 1 such that d[b, t] = d[b, T - 1] for all t >= n - 1

    T is the number of time steps and d[b, t] is the predicted class at step t: argmax_c of the mean
    of o[b, u, c] over u <= t ("mean"), or of o[b, t, c] only ("last"). Labels are not used, so a
    wrong decision has a latency too. Masked time steps do not count, nor does a sample whose time
    steps are all masked.

    Args:
        decision: "mean" or "last".
        name, dtype: As in `keras.metrics.Mean`.

    Call arguments:
        y_true: Not used.
        y_pred: (batch, time, classes): logits, probabilities or spikes.
        sample_weight: (batch,), or None.

    Raises:
        ValueError: If `decision` is unknown, if the outputs have no time axis, or if the sample
            weights have another shape.

    Example:
        >>> latency = keras_snn.metrics.DecisionLatency()
        >>> latency.update_state(np.array([1]), np.array([[[0.1, 0.0], [0.0, 0.9], [0.0, 0.1]]]))
        >>> float(latency.result())
        2.0

    Source: ours.
    """

    def __init__(
        self, decision: str = "mean", name: str = "decision_latency", dtype: Any = None
    ) -> None:
        super().__init__(name=name, dtype=dtype)
        self.decision = choice("decision", decision, ("mean", "last"))

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        outputs, kept = checked(y_pred)
        classes = decide(outputs, kept, self.decision)
        final = ops.expand_dims(at_the_end(classes, kept), 1)
        undecided = kept * ops.cast(ops.not_equal(classes, final), kept.dtype)
        latency = 1 + ops.max(undecided * ops.cumsum(kept, axis=1), axis=1)
        super().update_state(latency, weigh(has_steps(kept), sample_weight))

    def get_config(self) -> dict[str, Any]:
        return {"name": self.name, "dtype": self.dtype, "decision": self.decision}
