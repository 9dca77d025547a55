"""Callbacks that watch how networks fire."""

import warnings
from typing import Any

import keras

from keras_snn.analysis import firing_rates
from keras_snn.validation import real, require

HELP = {
    "silent": "`keras_snn.training.calibrate`, batch normalization in front of it, a lower "
    "`v_threshold` or `decay_input=False`",
    "saturated": "batch normalization in front of it, a higher `v_threshold` or smaller kernels",
}


class FiringRateMonitor(keras.callbacks.Callback):
    """The callback measures the firing rate of every spiking layer after each epoch.

    Rates, in spikes per neuron and time step, stand in the logs as `firing_rate/<layer>`, where
    `History`, `CSVLogger` and `TensorBoard` find them: name this callback before those. A layer
    that fires too rarely or too often gives one warning, with what usually helps.

    Args:
        data: Inputs, in a form that `analysis.firing_rates` takes. A small batch is enough.
        low: The rate under which a layer counts as silent.
        high: The rate above which a layer counts as saturated, greater than `low`.

    Raises:
        ValueError: for limits outside 0 to 1 or in the wrong order, and, when training begins, for
            a model in which no layer spikes.

    Example:
        >>> monitor = keras_snn.callbacks.FiringRateMonitor(x[:32])
        >>> history = model.fit(x, y, callbacks=[monitor])
    """

    def __init__(self, data: Any, low: float = 0.01, high: float = 0.5) -> None:
        super().__init__()
        self.data = data
        self.low = real("low", low, at_least=0.0)
        self.high = real("high", high, above=self.low)
        require(self.high <= 1, "high", "be at most 1", high=high)
        self._warned: set[str] = set()

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        for path, steps in firing_rates(self.model, self.data).by_step.items():
            rate = float(steps.mean())
            if logs is not None:
                logs[f"firing_rate/{path}"] = rate
            self._judge(path, rate)

    def _judge(self, path: str, rate: float) -> None:
        fault = "silent" if rate < self.low else "saturated" if rate > self.high else None
        if fault is None or path in self._warned:
            return
        self._warned.add(path)
        message = f"Layer `{path}` is {fault}: its firing rate is {rate:.2%}. "
        warnings.warn(f"{message}This usually helps: {HELP[fault]}.", stacklevel=2)
