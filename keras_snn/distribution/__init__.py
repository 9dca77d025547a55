"""Training on many devices and many hosts."""

from keras_snn.distribution.devices import Devices, alone, distribute
from keras_snn.distribution.memory import Memory, memory_per_device
from keras_snn.distribution.synchronization import synchronize

__all__ = ["Devices", "Memory", "alone", "distribute", "memory_per_device", "synchronize"]
