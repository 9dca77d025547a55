"""Losses for sequences of outputs, one vector per time step."""

from keras_snn.losses.count_loss import CountLoss
from keras_snn.losses.first_spike_time_loss import FirstSpikeTimeLoss
from keras_snn.losses.max_membrane_loss import MaxMembraneLoss
from keras_snn.losses.rate_loss import RateLoss
from keras_snn.losses.strings import add_to_keras
from keras_snn.losses.temporal_efficient_training import TemporalEfficientTraining

__all__ = [
    "CountLoss",
    "FirstSpikeTimeLoss",
    "MaxMembraneLoss",
    "RateLoss",
    "TemporalEfficientTraining",
]

add_to_keras(
    {
        "tet": TemporalEfficientTraining,
        "rate_loss": RateLoss,
        "count_loss": CountLoss,
        "max_membrane_loss": MaxMembraneLoss,
        "first_spike_time_loss": FirstSpikeTimeLoss,
    }
)
