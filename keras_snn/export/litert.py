"""A model as a LiteRT file, for phones and microcontrollers."""

from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from keras_snn.export.samples import by_name, fixed_signature
from keras_snn.export.unrolling import unrolled
from keras_snn.export.writing import checked_target, require_fixed_time, write
from keras_snn.extras import import_extra
from keras_snn.validation import require


def export_litert(model: keras.Model, path: Any, sample: Any = None) -> Path:
    """Writes a model as a LiteRT (TensorFlow Lite) file of built-in operations alone.

    The file is loaded by the LiteRT interpreter and must compute what `model.predict` computes,
    to a part in 10,000 of the largest output, or as closely as rounding leaves spikes alone; only
    then does it stand at `path`. It needs no Flex delegate. The batch size is free
    (`resize_tensor_input`) where the model's is. The number of time steps must be fixed in the
    model: loops over a free number have no built-in form. A model that `quantize` has changed
    multiplies integers in ways that LiteRT lacks; ONNX has them. TensorFlow backend.

    Args:
        model: A built Keras model that keeps no state between calls.
        path: The file to write, ending in `.tflite`.
        sample: Inputs to run once, as the model takes them or in a dictionary by their names; by
            default two random samples that make neurons fire. A warning
            names layers that stay silent, and says where outputs do not vary.

    Returns:
        The path.

    Raises:
        ValueError: if the model keeps state, is quantized, has operations that LiteRT lacks, or
            what the file computes is not what the model computes; nothing is written then.
        ImportError: without the extra: `pip install "keras-snn[litert]"`.

    Example:
        >>> keras_snn.export.export_litert(model, "model.tflite")
        >>> from ai_edge_litert.interpreter import Interpreter
        >>> interpreter = Interpreter("model.tflite")
    """
    litert = import_extra("ai_edge_litert.interpreter", "litert")
    checked_target(model, path, ".tflite")
    require_fixed_time(model)
    _require_floats(model)
    return write(
        model,
        path,
        sample,
        lambda draft: _convert(model, draft),
        lambda draft, x: _run(litert, model, draft, x),
        suffix=".tflite",
    )


def _require_floats(model: keras.Model) -> None:
    layers = model._flatten_layers()
    quantized = [layer.name for layer in layers if getattr(layer, "quantization_mode", None)]
    rule = "not be quantized, as LiteRT lacks Keras's products of integers; export it to ONNX"
    require(not quantized, "model", rule, model=model.name, quantized=quantized[:3])


def _convert(model: keras.Model, path: Path) -> None:
    options = {
        "input_signature": fixed_signature(model),
        "target_spec": {"supported_ops": [tf.lite.OpsSet.TFLITE_BUILTINS]},
    }
    try:
        with unrolled(model):
            model.export(path, format="litert", verbose=False, **options)
    except OSError:  # a full disk is no fault of the model
        raise
    except Exception as error:  # the converter's own error class, of many lines
        raise ValueError(
            "`model` must have operations that LiteRT has built in, so a fixed number of time "
            f"steps. Received: model={model.name!r} ({type(error).__name__}: {_reason(error)})"
        ) from None


def _reason(error: Exception) -> str:
    """What the converter says of the operations, on one line."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    telling = [line for line in lines if "ops:" in line.lower() or "error:" in line.lower()]
    return (telling or lines or [""])[-1][:200]


def _run(litert: Any, model: keras.Model, path: Path, x: Any) -> list[np.ndarray]:
    interpreter = litert.Interpreter(str(path))  # a name of its own: its runner does not keep it
    runner = interpreter.get_signature_runner()
    numbered = sorted(runner.get_input_details(), key=lambda name: (len(name), name))
    return list(runner(**by_name(model, x, numbered)).values())
