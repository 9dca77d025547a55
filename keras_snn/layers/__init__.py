"""Keras layers of spiking neural networks: neurons, time, attention."""

from keras_snn.layers import earlier as earlier
from keras_snn.layers import keras_facts as keras_facts
from keras_snn.layers.adaptive_lif import AdaptiveLIF
from keras_snn.layers.azo import AZO
from keras_snn.layers.batch_normalization import BatchNormalization
from keras_snn.layers.delta_coding import DeltaCoding
from keras_snn.layers.direct_coding import DirectCoding
from keras_snn.layers.frame_mask import FrameMask
from keras_snn.layers.fsta import FSTA
from keras_snn.layers.integrate_and_fire import IF
from keras_snn.layers.latency_coding import LatencyCoding
from keras_snn.layers.leaky_integrator import LeakyIntegrator
from keras_snn.layers.lif import LIF
from keras_snn.layers.lif_cell import LIFCell
from keras_snn.layers.mean_over_time import MeanOverTime
from keras_snn.layers.poisson_coding import PoissonCoding
from keras_snn.layers.recurrent_lif import RecurrentLIF
from keras_snn.layers.same_for_all_time_steps import SameForAllTimeSteps
from keras_snn.layers.sma import SMA
from keras_snn.layers.state import reset_states
from keras_snn.layers.synaptic import Synaptic
from keras_snn.layers.threshold_batch_normalization import ThresholdBatchNormalization
from keras_snn.layers.time_distributed import TimeDistributed

__all__ = [
    "AZO",
    "FSTA",
    "IF",
    "LIF",
    "SMA",
    "AdaptiveLIF",
    "BatchNormalization",
    "DeltaCoding",
    "DirectCoding",
    "FrameMask",
    "LIFCell",
    "LatencyCoding",
    "LeakyIntegrator",
    "MeanOverTime",
    "PoissonCoding",
    "RecurrentLIF",
    "SameForAllTimeSteps",
    "Synaptic",
    "ThresholdBatchNormalization",
    "TimeDistributed",
    "reset_states",
]
