"""What the spikes of a network do."""

from keras_snn.analysis.firing import firing_rates, heat_maps
from keras_snn.analysis.macs import Macs, macs
from keras_snn.analysis.recording import record_spikes, spiking_layers

__all__ = ["Macs", "firing_rates", "heat_maps", "macs", "record_spikes", "spiking_layers"]
