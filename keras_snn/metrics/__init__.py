"""Metrics for sequences of outputs, one vector per time step."""

from keras_snn.metrics.decision_latency import DecisionLatency
from keras_snn.metrics.sequence_accuracy import SequenceAccuracy

__all__ = ["DecisionLatency", "SequenceAccuracy"]
