"""Integrate-and-fire neurons."""

import math
from typing import Any

import keras

from keras_snn.layers.lif import LIF
from keras_snn.validation import require

LEAK = ("tau", "decay_input", "learn_tau", "tau_shape")
"""Arguments of `LIF` that say how a membrane leaks."""


@keras.saving.register_keras_serializable(package="keras_snn")
class IF(LIF):
    """Integrate-and-fire (IF) neurons: turns currents into spikes without a leak.

        h[t] = v[t-1] + x[t]

    This is LIF for tau -> infinity and `decay_input=False`.

    Args:
        v_threshold, v_reset, detach_reset, surrogate, stateful, return_state, go_backwards: As in
            `LIF`.

    Call arguments, Input shape, Output shape: As in `LIF`.

    Raises:
        ValueError: as `LIF`, and for its arguments that say how a membrane leaks.

    Example:
        >>> spikes = keras_snn.layers.IF(v_threshold=1.0, v_reset=None)(np.random.rand(2, 10, 64))

    Source: arXiv 2405.13672, preliminaries. Differs from the source: none.
    """

    def __init__(
        self,
        v_threshold: float = 1.0,
        v_reset: float | None = 0.0,
        detach_reset: bool = True,
        surrogate: Any = "atan",
        stateful: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        **kwargs: Any,
    ) -> None:
        for name in LEAK:
            rule = "be left to `LIF`: these neurons have no leak"
            require(name not in kwargs, name, rule, **{name: kwargs.get(name)})
        super().__init__(
            tau=math.inf,
            v_threshold=v_threshold,
            v_reset=v_reset,
            decay_input=False,
            detach_reset=detach_reset,
            surrogate=surrogate,
            stateful=stateful,
            return_state=return_state,
            go_backwards=go_backwards,
            **kwargs,
        )

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        for name in LEAK:
            del config[name]
        return config
