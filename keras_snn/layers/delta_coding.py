"""Delta coding of sequences."""

from typing import Any

import keras
from keras import ops

from keras_snn.functional import time
from keras_snn.functional.masks import kept_steps
from keras_snn.layers.shapes import require_sequence
from keras_snn.validation import flag, real


@keras.saving.register_keras_serializable(package="keras_snn")
class DeltaCoding(keras.layers.Layer):
    """Delta coding turns the changes of a signal into spikes.

        on[b, t] = 1 if x[b, t] - x[b, t-1] >= threshold, otherwise 0
        off[b, t] = 1 if x[b, t-1] - x[b, t] >= threshold, otherwise 0

    The first time step has no change and no spike. A masked step has no spike, nor has the one
    that follows it. No gradient flows to the inputs.

    Args:
        threshold: The smallest change that gives a spike, greater than 0.
        off_spikes: If True, the channels of `off` follow those of `on`, as in the frames of an
            event camera; otherwise decreases give no spikes.

    Call arguments:
        inputs: (batch, time, ..., channels); integers are cast.
        mask: Booleans (batch, time), or None.

    Input shape:
        (batch, time, ..., channels); time may be None.

    Output shape:
        The input's, with twice the channels where `off_spikes`; 0 or 1.

    Raises:
        ValueError: if `threshold` is not greater than 0, or the input has less than three axes.

    Example:
        >>> signal = np.array([0.0, 1.0, 1.0, 0.2]).reshape(1, 4, 1)
        >>> spikes = keras_snn.layers.DeltaCoding(threshold=0.5, off_spikes=True)(signal)
        >>> np.asarray(spikes[0]).tolist()
        [[0.0, 0.0], [1.0, 0.0], [0.0, 0.0], [0.0, 1.0]]

    Source: Lichtsteiner et al., IEEE Journal of Solid-State Circuits 43(2), 2008. Differs from the
    source: a change is that of one time step, not since the last spike, and not logarithmic.
    """

    causal = True

    def __init__(self, threshold: float, off_spikes: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.threshold = real("threshold", threshold, above=0.0)
        self.off_spikes = flag("off_spikes", off_spikes)
        self.supports_masking = True

    def call(self, inputs: Any, mask: Any = None) -> Any:
        require_sequence(inputs.shape)
        x = ops.cast(inputs, self.compute_dtype)
        change = x - ops.concatenate([x[:, :1], x[:, :-1]], axis=1)
        changes = ops.concatenate([change, -change], axis=-1) if self.off_spikes else change
        spikes = ops.cast(changes >= self.threshold, x.dtype)
        spikes = ops.where(ops.isnan(changes), changes, spikes)
        if mask is None:
            return spikes
        kept = kept_steps(x, mask)
        kept = kept * time.delay(kept)  # both ends of a change
        return spikes * ops.reshape(kept, (*ops.shape(kept), *[1] * (len(x.shape) - 2)))

    def compute_output_shape(self, input_shape: Any) -> Any:
        require_sequence(input_shape)
        channels = input_shape[-1]
        return (*input_shape[:-1], 2 * channels if self.off_spikes and channels else channels)

    def macs(self, input_shape: Any) -> int:
        return 0

    def get_config(self) -> dict[str, Any]:
        config = {"threshold": self.threshold, "off_spikes": self.off_spikes}
        return {**super().get_config(), **config}
