"""Whether a written file computes what the model computes."""

from typing import Any

import keras
import ml_dtypes
import numpy as np

from keras_snn.validation import require

TOLERANCE = {"float64": 1e-9, "float32": 1e-4}
"""Largest difference, as a part of the largest output; half types have HALF_TOLERANCE."""
HALF_TOLERANCE = 2e-2
DISTURBANCE = 8
"""Rounding errors by which weights are disturbed, to see how far outputs move on their own."""
DRAWS = 3
MARGIN = 10
"""How much further than a disturbed model a file may be, which is another random draw."""


def _numpy_dtype(name: str) -> Any:
    return ml_dtypes.bfloat16 if name == "bfloat16" else np.dtype(name)


def require_agreement(
    model: keras.Model,
    x: Any,
    wanted: list[np.ndarray],
    actual: list[np.ndarray],
    path: Any,
    rule: str = "compute in the written file what it computes itself",
) -> None:
    """Raises unless `actual`, computed by the file, equals `wanted`, by the model for x.

    Outputs differ by rounding: at most by `TOLERANCE` of the largest output. Where a neuron stands
    so close to its threshold that rounding decides whether it fires, they may differ more, by
    `MARGIN` times what the model's own outputs move when its weights are disturbed by rounding.
    """
    tolerance = tolerance_of(model)
    error = difference(actual, wanted)
    agrees = error <= tolerance
    agrees = agrees or (np.isfinite(error) and error <= MARGIN * _sensitivity(model, x, wanted))
    require(
        agrees,
        "model",
        f"{rule}; nothing was written",
        path=str(path),
        difference=error,
        tolerance=tolerance,
    )


def tolerance_of(model: keras.Model) -> float:
    """Largest difference that rounding explains, as a part of the largest output."""
    return TOLERANCE.get(model.compute_dtype, HALF_TOLERANCE)


def difference(actual: Any, wanted: Any) -> float:
    """The largest difference of two lists of arrays, as a part of the largest wanted number.

    It is infinite for other shapes, and for numbers that are not finite.
    """
    if [a.shape for a in actual] != [w.shape for w in wanted]:
        return float("inf")
    return max(_difference(*map(_wide, pair)) for pair in zip(actual, wanted, strict=True))


def _difference(actual: np.ndarray, wanted: np.ndarray) -> float:
    largest = float(np.max(np.abs(actual - wanted), initial=0.0))
    if largest == 0.0:
        return 0.0
    scale = float(np.max(np.abs(wanted)))
    relative = largest / scale if scale > 0.0 else float("inf")
    return relative if np.isfinite(relative) else float("inf")


def _wide(array: Any) -> np.ndarray:
    return np.asarray(array).astype(np.float64)


def predict(model: keras.Model, x: Any) -> list[np.ndarray]:
    """Outputs of a model as a flat list of arrays."""
    return as_list(model.predict(x, verbose=0))


def as_list(outputs: Any) -> list[np.ndarray]:
    """Outputs of a model or a file as a flat list of arrays."""
    return [np.asarray(output) for output in keras.tree.flatten(outputs)]


def _sensitivity(model: keras.Model, x: Any, wanted: list[np.ndarray]) -> float:
    """How far outputs move when the weights are off by a few rounding errors."""
    rng = np.random.default_rng(1)
    weights = model.get_weights()
    size = DISTURBANCE * float(ml_dtypes.finfo(_numpy_dtype(model.compute_dtype)).eps)
    try:
        return max(_moved(model, x, wanted, weights, size, rng) for _ in range(DRAWS))
    finally:
        model.set_weights(weights)


def _moved(
    model: keras.Model,
    x: Any,
    wanted: list[np.ndarray],
    weights: list[np.ndarray],
    size: float,
    rng: np.random.Generator,
) -> float:
    noise = [w * (1.0 + size * rng.normal(size=w.shape)) for w in weights]
    model.set_weights([n.astype(w.dtype) for n, w in zip(noise, weights, strict=True)])
    moved = difference(predict(model, x), wanted)
    return moved if np.isfinite(moved) else 0.0
