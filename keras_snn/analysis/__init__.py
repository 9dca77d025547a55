"""Measurements of what a network does: firing rates, energy, attention, spectra, membranes."""

from keras_snn.analysis.energy import Energy, energy
from keras_snn.analysis.firing import FiringRates, firing_rates, heat_maps
from keras_snn.analysis.macs import Macs, macs
from keras_snn.analysis.recording import record_spikes, spiking_layers
from keras_snn.analysis.table import Table

__all__ = [
    "Energy",
    "FiringRates",
    "Macs",
    "Table",
    "energy",
    "firing_rates",
    "heat_maps",
    "macs",
    "record_spikes",
    "spiking_layers",
]
