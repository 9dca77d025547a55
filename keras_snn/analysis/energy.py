"""Estimates the energy of a network from the inputs that its layers receive."""

from typing import Any, NamedTuple

import keras
from keras import ops

from keras_snn.analysis.calls import Batch, Call
from keras_snn.analysis.recording import observe
from keras_snn.analysis.table import Table
from keras_snn.analysis.walking import walk
from keras_snn.layers.protocol import KERAS, multiplicand_of, parts_where_known
from keras_snn.validation import real


class Energy(Table):
    """The operations and the energy of layers: a mapping from paths to picojoules per sample.

    Columns: multiply-accumulates (MACs) and accumulates (ACs) per sample, the density of the
    layer's input, the share of its time steps without any input, the energy, and the energy of the
    same layer in the same network as an ANN. A layer whose products are unknown has dashes.

    Attributes:
        total: The sum of each column over layers, by the name of the column.
    """

    FORMATS = {  # noqa: RUF012, never written to
        "energy in pJ": ",.0f",
        "MACs": ",.0f",
        "ACs": ",.0f",
        "density": ".1%",
        "idle steps": ".1%",
        "as ANN in pJ": ",.0f",
    }

    def __init__(self, rows: dict[str, dict[str, Any]], notes: list[str]) -> None:
        summed = ("energy in pJ", "MACs", "ACs", "as ANN in pJ")
        self.total = {name: sum(row[name] or 0 for row in rows.values()) for name in summed}
        total = ", ".join(f"{value:,.0f} {name}" for name, value in self.total.items())
        unknown = [path for path, row in rows.items() if row["MACs"] is None]
        without = f", without {', '.join(unknown)}" if unknown else ""
        super().__init__(rows, self.FORMATS, notes=[f"total per sample: {total}{without}", *notes])


class Input(NamedTuple):
    """Statistics of the input of one call.

    Args:
        density: Share of the elements that are not zero.
        idle: Share of the time steps that are zero throughout.
        binary: Whether all elements are 0 or 1.
    """

    density: float
    idle: float
    binary: bool


class Products:
    """Operations of one layer, summed over the calls of a pass."""

    def __init__(self) -> None:
        self.macs = self.acs = self.ann = self.density = self.idle = 0.0
        self.sequences = 0  # samples, times the calls of a pass
        self.known = True

    def add(self, call: Call) -> None:
        """Counts a call."""
        parts = parts_where_known(call.layer, tuple(call.inputs.shape))
        self.known = self.known and parts is not None
        if parts is not None and not any(entry.once for entry in parts.values()):
            return  # for example a normalization
        given = measured(multiplicand_of(call.layer, call.inputs, call.outputs))
        size = call.inputs.shape[0]
        self.density += given.density * size
        self.idle += given.idle * size
        self.sequences += size
        for part, entry in (parts or {}).items():
            products = float(entry.total or 0) * size
            binary = given.binary and reads_input(call.layer, part)
            self.acs += products * given.density if binary else 0
            self.macs += 0 if binary else products * (1 - given.idle)
            self.ann += products

    def row(self, samples: int, mac_pj: float, ac_pj: float) -> dict[str, Any]:
        """Returns the layer's row of the table."""
        macs, acs, ann = (n / samples for n in (self.macs, self.acs, self.ann))
        values = (mac_pj * macs + ac_pj * acs, macs, acs, mac_pj * ann)
        energy, macs_, acs_, ann_ = values if self.known else (None,) * 4
        given = (self.density / self.sequences, self.idle / self.sequences)
        return dict(zip(Energy.FORMATS, (energy, macs_, acs_, *given, ann_), strict=True))


def measured(x: Any) -> Input:
    """Measures an input (batch, time, ...), or (batch, features)."""
    filled = ops.count_nonzero(x, axis=tuple(range(2 if len(x.shape) > 2 else 1, len(x.shape))))
    filled = ops.convert_to_numpy(filled)
    ones = int(ops.convert_to_numpy(ops.count_nonzero(ops.equal(x, ops.ones_like(x)))))
    size = float(ops.size(x))
    return Input(filled.sum() / size, float((filled == 0).mean()), ones == int(filled.sum()))


def reads_input(layer: Any, part: str) -> bool:
    """Tells whether a part multiplies the layer's input, not a value computed from it.

    Among the parts of SMA and FSTA, only the convolutions of SMA's scales do. Recurrent layers also
    multiply their real-valued state, so all their products count as MACs.
    """
    if isinstance(layer, keras.layers.RNN):
        return False
    return not hasattr(layer, "macs_of_parts") or part == "" or part.startswith("/scale")


class EnergyObserver:
    """An observer that counts the products of layers."""

    def __init__(self) -> None:
        self.products: dict[str, Products] = {}

    def watched(self, model: Any) -> dict[str, Any]:
        found = walk(model, stops=_is_counted)
        return {path: layer for path, layer in found.items() if _may_multiply(layer)}

    def observe(self, call: Call) -> None:
        self.products.setdefault(call.path, Products()).add(call)

    def end_batch(self, batch: Batch) -> None:
        pass


def _is_counted(layer: Any) -> bool:
    """Tells whether a layer knows its products, so that its inner layers must not be counted."""
    if isinstance(layer, keras.layers.Wrapper):
        return _is_counted(layer.layer)
    rows = (KERAS[c].macs for c in type(layer).__mro__ if c in KERAS)
    return hasattr(layer, "macs") or next(rows, None) is not None


def _may_multiply(layer: Any) -> bool:
    """Leaves out layers without weights, and layers whose inner layers are counted instead."""
    if _is_counted(layer):
        return bool(layer.weights)
    return bool(layer.trainable_weights) and not list(layer._flatten_layers(include_self=False))


def energy(model: keras.Model, data: Any, mac_pj: float = 4.6, ac_pj: float = 0.9) -> Energy:
    """Estimates the energy of each layer per sample, in this network and in the same one as an ANN.

        energy = mac_pj * MACs + ac_pj * ACs

    A layer whose input holds only 0 and 1 adds up weights. Its ACs are the products that
    `analysis.macs` counts, times the density of the input in `data`. If the input has any other
    value, all products are MACs, except at time steps that are zero throughout, which need none.
    `RecurrentLIF` multiplies the spikes that it feeds back, so these count as its input. The
    branches of SMA and all of FSTA multiply real values, which makes their products MACs. Products
    of two maps, neurons, normalization, pooling and memory are not counted. The ANN computes every
    product as a MAC at every time step.

    Args:
        model: A Keras model.
        data: As `firing_rates` takes it.
        mac_pj: Picojoules per multiply-accumulate, at least 0.
        ac_pj: Picojoules per accumulate, at least 0.

    Returns:
        `Energy`, a mapping from paths to picojoules per sample, which prints as a table.

    Raises:
        ValueError: If a constant is negative, or `data` is empty.

    Example:
        >>> model = keras_snn.applications.VGG8(input_shape=(4, 32, 32, 2))
        >>> table = keras_snn.analysis.energy(model, np.full((1, 4, 32, 32, 2), 0.5))
        >>> table.column("MACs")["block1_conv"]
        4718592.0

    Source: the default constants are those of 32-bit floating point in a 45 nm process: 3.7 pJ
    for a product and 0.9 pJ for a sum, Horowitz, Computing's energy problem, ISSCC 2014.
    """
    mac_pj, ac_pj = real("mac_pj", mac_pj, at_least=0), real("ac_pj", ac_pj, at_least=0)
    observer = EnergyObserver()
    samples = observe(model, data, observer)
    return energy_table(observer, samples, mac_pj, ac_pj)


def energy_table(
    observer: EnergyObserver, samples: int, mac_pj: float = 4.6, ac_pj: float = 0.9
) -> Energy:
    """Makes the table of an observer that has seen `samples` samples."""
    found = observer.products
    rows = {path: p.row(samples, mac_pj, ac_pj) for path, p in found.items() if p.sequences}
    defaults = (mac_pj, ac_pj) == (4.6, 0.9)
    source = "32-bit float, 45 nm, Horowitz, ISSCC 2014" if defaults else "given by the caller"
    return Energy(rows, [f"{mac_pj:g} pJ per MAC, {ac_pj:g} pJ per AC: {source}"])
