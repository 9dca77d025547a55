"""Random inputs of a workload, the same for every subject."""

import numpy as np

from benchmarks.workloads import Workload

LAYERS = ("lif", "sma", "fsta")
"""Kinds whose gradient is that of sum(output * cotangent), without a loss."""


def inputs(workload: Workload, seed: int = 0) -> np.ndarray:
    """(batch, *shape), float32: event counts for networks of frames, else normal numbers."""
    rng = np.random.default_rng(seed)
    shape = (workload.batch, *workload.shape)
    if workload.kind == "vgg8":
        return rng.poisson(0.3, shape).astype("float32")
    return rng.standard_normal(shape, dtype="float32") * 1.5  # about one spike in five steps


def labels(workload: Workload, seed: int = 1) -> np.ndarray:
    """(batch,) integers."""
    rng = np.random.default_rng(seed)
    return rng.integers(0, workload.arguments.get("classes", 10), workload.batch)


def time_first(frames: np.ndarray) -> np.ndarray:
    """(batch, time, h, w, channels) -> (time, batch, channels, h, w), contiguous."""
    return np.ascontiguousarray(np.transpose(frames, (1, 0, 4, 2, 3)))


def repeated(images: np.ndarray, time_steps: int) -> np.ndarray:
    """(batch, h, w, channels) -> (batch, time, h, w, channels), the image at every step."""
    return np.repeat(images[:, None], time_steps, axis=1)
