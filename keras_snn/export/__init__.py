"""Networks as files that run without keras_snn, each run once before it is reported as written."""

from keras_snn.export.litert import export_litert
from keras_snn.export.nir import export_nir
from keras_snn.export.onnx import export_onnx
from keras_snn.export.savedmodel import export_savedmodel
from keras_snn.export.stream import export_stream

__all__ = ["export_litert", "export_nir", "export_onnx", "export_savedmodel", "export_stream"]
