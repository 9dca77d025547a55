"""A model as an ONNX file."""

from pathlib import Path
from typing import Any

import keras
import numpy as np

from keras_snn.export.samples import by_name, fixed_signature
from keras_snn.export.unrolling import unrolled
from keras_snn.export.writing import checked_target, require_fixed_time, write
from keras_snn.extras import import_extra


def export_onnx(model: keras.Model, path: Any, sample: Any = None) -> Path:
    """Writes a model as an ONNX file.

    The file is loaded by onnxruntime and must compute what `model.predict` computes, to a part in
    10,000 of the largest output, or as closely as rounding leaves spikes alone; only then does it
    stand at `path`. The batch size is free, the number of time steps must be fixed in the model.
    The policy must be float32.

    Args:
        model: A built Keras model that keeps no state between calls.
        path: The file to write, ending in `.onnx`.
        sample: Inputs to run once, as the model takes them or in a dictionary by their names; by
            default two random samples that make neurons fire, free axes of size 4. A warning
            names layers that stay silent, and says where outputs do not vary.

    Returns:
        The path.

    Raises:
        ValueError: if the model keeps state, has operations that ONNX lacks, or what the file
            computes is not what the model computes; nothing is written then.
        ImportError: without the extra: `pip install "keras-snn[onnx]"`.

    Example:
        >>> keras_snn.export.export_onnx(model, "model.onnx")
        >>> import onnxruntime
        >>> session = onnxruntime.InferenceSession("model.onnx")
    """
    for module in ("onnx", "tf2onnx"):
        import_extra(module, "onnx")
    runtime = import_extra("onnxruntime", "onnx")
    checked_target(model, path, ".onnx")
    require_fixed_time(model)
    return write(
        model,
        path,
        sample,
        lambda draft: _convert(model, draft),
        lambda draft, x: _run(runtime, model, draft, x),
        suffix=".onnx",
    )


def _convert(model: keras.Model, path: Path) -> None:
    try:
        with unrolled(model):
            signature = fixed_signature(model)
            model.export(str(path), format="onnx", verbose=False, input_signature=signature)
    except OSError:  # a full disk is no fault of the model
        raise
    except Exception as error:  # whatever the converter says, in one sentence
        reason = (str(error).strip().splitlines() or [""])[0][:200]
        raise ValueError(
            "`model` must have operations that ONNX has too. "
            f"Received: model={model.name!r} ({type(error).__name__}: {reason})"
        ) from None


def _run(runtime: Any, model: keras.Model, path: Path, x: Any) -> list[np.ndarray]:
    session = runtime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    names = (entry.name for entry in session.get_inputs())
    return session.run(None, by_name(model, x, names))
