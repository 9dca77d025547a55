"""Measures whether layers prefer vertical or horizontal frequencies."""

from typing import Any

import keras
import numpy as np
from keras import ops

from keras_snn.analysis.batches import batches
from keras_snn.analysis.calls import Batch, Call
from keras_snn.analysis.recording import observe
from keras_snn.analysis.table import Table
from keras_snn.analysis.walking import spiking_layers
from keras_snn.validation import require


class SpectralPreference(Table):
    """Spectral preference of layers: a mapping from paths to preferences, which prints as a table.

    Columns: the preference from -1 (only horizontal frequencies) to 1 (only vertical frequencies),
    the preference on transposed inputs, and the mean energy of a vertical and of a horizontal
    frequency, relative to the mean over all frequencies except the constant. A dash means that a
    layer is constant, or that the inputs cannot be transposed.
    """

    FORMATS = {  # noqa: RUF012, never written to
        "preference": "+.3f",
        "transposed": "+.3f",
        "vertical": ".2f",
        "horizontal": ".2f",
    }

    def __init__(self, plain: "Spectra", transposed: "Spectra") -> None:
        rows = {path: self._row(path, plain, transposed) for path in plain.energies}
        super().__init__(rows, self.FORMATS)

    def _row(self, path: str, plain: "Spectra", transposed: "Spectra") -> dict[str, Any]:
        vertical, horizontal, everything = plain.energies[path]
        control = transposed.energies.get(path)
        values = (
            _preference(vertical, horizontal),
            None if control is None else _preference(control[0], control[1]),
            vertical / everything if everything else None,
            horizontal / everything if everything else None,
        )
        return dict(zip(self.FORMATS, values, strict=True))


def _preference(vertical: float, horizontal: float) -> float | None:
    total = vertical + horizontal
    return float((vertical - horizontal) / total) if total else None


class Spectra:
    """An observer that sums the energies of every spiking layer that has maps.

    Attributes:
        energies: By path, the mean energy of a vertical frequency, of a horizontal one, and of all
            except the constant, summed over samples, time steps and channels.
    """

    def __init__(self) -> None:
        self.energies: dict[str, np.ndarray] = {}

    def watched(self, model: Any) -> dict[str, Any]:
        return spiking_layers(model)

    def observe(self, call: Call) -> None:
        shape = call.outputs.shape
        if len(shape) == 5 and min(shape[2], shape[3]) > 1:
            before = self.energies.get(call.path, np.zeros(3))
            self.energies[call.path] = before + axis_energies(call.outputs)

    def end_batch(self, batch: Batch) -> None:
        pass


def axis_energies(maps: Any) -> np.ndarray:
    """Returns mean energies of vertical, of horizontal and of all frequencies but the constant.

    The vertical axis of a spectrum is the spectrum of the sums over rows. By Parseval's theorem,
    its energy is that of the sums themselves, so no transform is needed.

    Args:
        maps: (batch, time, height, width, channels).
    """
    maps = ops.cast(maps, "float32")
    height, width = maps.shape[2:4]
    rows, columns = (ops.convert_to_numpy(ops.sum(maps, axis=a)) for a in (3, 2))
    vertical = height * _deviation(rows)
    horizontal = width * _deviation(columns)
    squares = ops.convert_to_numpy(ops.sum(ops.square(maps), axis=(2, 3))).astype("float64")
    constant = rows.sum(2, dtype="float64") ** 2
    everything = (height * width * squares - constant).sum()
    frequencies = (height - 1, width - 1, height * width - 1)
    return np.array([vertical, horizontal, everything]) / frequencies


def _deviation(sums: np.ndarray) -> float:
    """Sums the squared deviations from the mean over the axis of positions."""
    sums = sums.astype("float64")
    return float(((sums - sums.mean(2, keepdims=True)) ** 2).sum())


def spectral_preference(model: keras.Model, data: Any) -> SpectralPreference:
    """Compares the energy of vertical and horizontal frequencies in the spikes of every layer.

        preference = (V - H) / (V + H)

    V is the mean of |F[k, 0]|^2 over the vertical frequencies k > 0, and H is the mean of |F[0,
    k]|^2 over the horizontal ones. F is the two-dimensional Fourier transform of a map of spikes; V
    and H are summed over samples, time steps and channels. A vertical frequency is a change from
    row to row, as in horizontal stripes. Square inputs are used once more with height and width
    exchanged: a preference that then changes its sign comes from the data, one that keeps it comes
    from the network.

    Args:
        model: A Keras model with spiking layers on maps (batch, time, height, width, channels).
        data: As `firing_rates` takes it.

    Returns:
        `SpectralPreference`, a mapping from paths to preferences, which prints as a table.

    Raises:
        ValueError: If no spiking layer has maps, or `data` is empty.

    Example:
        >>> model = keras_snn.applications.VGG8(input_shape=(4, 32, 32, 2))
        >>> table = keras_snn.analysis.spectral_preference(model, np.ones((1, 4, 32, 32, 2)))
        >>> "block1_lif" in table
        True

    Source: arXiv 2501.14744, the spectra of spike maps in its analysis.
    """
    plain, transposed = Spectra(), Spectra()
    samples = 0
    for inputs, _ in batches(model, data):
        samples += observe(model, [(inputs, None)], plain)
        if _is_square(inputs):
            observe(model, [(ops.swapaxes(inputs, -3, -2), None)], transposed)
    require(samples > 0, "data", "have at least one sample", samples=samples)
    rule = "have a spiking layer with height and width"
    require(bool(plain.energies), "model", rule, model=model.name)
    return SpectralPreference(plain, transposed)


def _is_square(inputs: Any) -> bool:
    """Tells whether height and width of a batch of images or frames are equal."""
    shape = tuple(getattr(inputs, "shape", ()))
    return len(shape) in (4, 5) and shape[-3] == shape[-2]
