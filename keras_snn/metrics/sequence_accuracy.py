"""A metric of the accuracy of sequences of outputs."""

from typing import Any

import keras
from keras import ops

from keras_snn.functional.labels import to_integers
from keras_snn.metrics.decisions import at_the_end, checked, decide, has_steps, weigh
from keras_snn.validation import choice


@keras.saving.register_keras_serializable(package="keras_snn")
class SequenceAccuracy(keras.metrics.Mean):
    """Measures the share of sequences, or of time steps, whose predicted class is the label.

    Outputs o[b, t, c] predict the class

        argmax_c of the mean over t of o[b, t, c]           "mean"
        argmax_c of o[b, t, c] at the last time step        "last"
        argmax_c of o[b, t, c], judged at every time step   "step"

    Masked time steps do not count, nor does a sample whose time steps are all masked. If several
    outputs are equal, the first class is taken.

    Args:
        decision: "mean", "last" or "step".
        name, dtype: As in `keras.metrics.Mean`.

    Call arguments:
        y_true: Integer labels (batch,) or (batch, 1), or vectors (batch, classes). For "step" also
            one vector per time step, (batch, time, classes).
        y_pred: (batch, time, classes): logits, probabilities or spikes.
        sample_weight: (batch,), or None.

    Raises:
        ValueError: If `decision` is unknown, if the outputs have no time axis, or if the sample
            weights have another shape.

    Example:
        >>> accuracy = keras_snn.metrics.SequenceAccuracy()
        >>> accuracy.update_state(np.array([1]), np.array([[[0.0, 0.9], [0.3, 0.0]]]))
        >>> float(accuracy.result())
        1.0

    Source: ours. Differs from `keras.metrics.SparseCategoricalAccuracy`: one label of a sample is
    compared with the outputs of many time steps.
    """

    def __init__(
        self, decision: str = "mean", name: str = "sequence_accuracy", dtype: Any = None
    ) -> None:
        super().__init__(name=name, dtype=dtype)
        self.decision = choice("decision", decision, ("mean", "last", "step"))

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        outputs, kept = checked(y_pred)
        labels = to_integers(ops.convert_to_tensor(y_true), outputs.shape[-1])
        classes = decide(outputs, kept, self.decision)
        if self.decision == "step":
            labels = labels if len(labels.shape) == 2 else ops.expand_dims(labels, 1)
        else:
            classes, kept = at_the_end(classes, kept), has_steps(kept)
        super().update_state(ops.equal(classes, labels), weigh(kept, sample_weight))

    def get_config(self) -> dict[str, Any]:
        return {"name": self.name, "dtype": self.dtype, "decision": self.decision}
