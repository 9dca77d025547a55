"""Callbacks that monitor firing rates and keep running statistics up to date."""

import warnings
from typing import Any

import keras

from keras_snn.analysis import firing_rates
from keras_snn.training.statistics import refresh_statistics
from keras_snn.validation import count, real, require

HELP = {
    "silent": "`keras_snn.training.calibrate`, batch normalization in front of it, a lower "
    "`v_threshold` or `decay_input=False`",
    "saturated": "batch normalization in front of it, a higher `v_threshold` or smaller kernels",
}


class FiringRateMonitor(keras.callbacks.Callback):
    """Measures the firing rate of every spiking layer after each epoch.

    The logs contain the rates, in spikes per neuron and time step, as `firing_rate/<layer>`.
    `History`, `CSVLogger` and `TensorBoard` write them if they come after this callback
    (`TensorBoard` needs `pip install tensorboard`). A layer that fires too rarely or too often
    gives one warning, with remedies that usually help.

    Args:
        data: Inputs, in a form that `analysis.firing_rates` takes. A small batch is enough.
        low: The rate below which a layer counts as silent.
        high: The rate above which a layer counts as saturated, greater than `low`.

    Raises:
        ValueError: If the limits are not between 0 and 1 or in the wrong order and, when training
            begins, if no layer of the model spikes.

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


class RefreshStatistics(keras.callbacks.Callback):
    """Updates the statistics of batch normalization before every validation.

    With few steps per epoch, running averages lag behind the weights. A spiking network then stays
    at chance level in validation although it learns, and `EarlyStopping` ends the training. This
    callback calls `training.refresh_statistics` before each validation or, without validation, at
    the end of each epoch. Put it before `ModelCheckpoint`.

    Args:
        data: Inputs from the training data, in a form that `analysis.firing_rates` takes. A few
            hundred samples are enough.
        batch_size: Number of samples in a batch of arrays; preferably that of `fit`.

    Raises:
        ValueError: If `batch_size` is below 1 and, during training, if the model has no batch
            normalization that learns.

    Example:
        >>> refresh = keras_snn.callbacks.RefreshStatistics(x[:512])
        >>> model.fit(x, y, validation_data=(x, y), callbacks=[refresh])

    Source: as `training.refresh_statistics`.
    """

    def __init__(self, data: Any, batch_size: int = 32) -> None:
        super().__init__()
        self.data = data
        self.batch_size = count("batch_size", batch_size)
        self._validated = False

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self._validated = False

    def on_test_begin(self, logs: dict[str, Any] | None = None) -> None:
        self._validated = True
        self._refresh()

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        if not self._validated:
            self._refresh()

    def _refresh(self) -> None:
        refresh_statistics(self.model, self.data, self.batch_size)
