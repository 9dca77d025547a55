"""Measurements of what a network does: firing rates, energy, attention, spectra, membranes."""

from keras_snn.analysis.attention import attention_weights
from keras_snn.analysis.energy import Energy, energy
from keras_snn.analysis.firing import FiringRates, firing_rates, heat_maps
from keras_snn.analysis.generalization import GeneralizationGap, generalization_gap
from keras_snn.analysis.importance import ScaleImportance, scale_importance
from keras_snn.analysis.macs import Macs, macs
from keras_snn.analysis.membranes import MembraneTraces, membrane_traces
from keras_snn.analysis.recording import record_spikes
from keras_snn.analysis.similarity import time_similarity
from keras_snn.analysis.spectra import SpectralPreference, spectral_preference
from keras_snn.analysis.table import Table
from keras_snn.analysis.walking import spiking_layers

__all__ = [
    "Energy",
    "FiringRates",
    "GeneralizationGap",
    "Macs",
    "MembraneTraces",
    "ScaleImportance",
    "SpectralPreference",
    "Table",
    "attention_weights",
    "energy",
    "firing_rates",
    "generalization_gap",
    "heat_maps",
    "macs",
    "membrane_traces",
    "record_spikes",
    "scale_importance",
    "spectral_preference",
    "spiking_layers",
    "time_similarity",
]
