"""A report of one network on one data set, as a single HTML file."""

from keras_snn.reporting.report import write_report

__all__ = ["write_report"]
