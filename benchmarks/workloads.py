"""What is measured: a row per network or layer, with its shape and its random inputs.

Sizes follow the published runs if these are small enough; otherwise the images are smaller.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

LAYERS = frozenset({"lif", "sma", "fsta"})
"""Kinds of a single layer. Their gradient is that of sum(output * cotangent)."""

NETWORKS = frozenset({"vgg8", "ms_resnet18", "fsta_resnet20"})
STEPS = ("train", "predict")
EPOCH_BATCHES = 12
"""Number of batches in a timed epoch: a quarter of event_digits', which gives the same ratio."""

EVENT_DIGITS: dict[str, Any] = {
    "filters": (16, 16, 32, 64, 64),
    "units": (1024, 512),
    "classes": 10,
}
VGG: dict[str, Any] = {"filters": (64, 128, 256, 512, 512), "units": (2048, 1024), "classes": 10}


@dataclass(frozen=True)
class Workload:
    """A row of the benchmark.

    Args:
        name: The name that `--only` selects.
        kind: One of `LAYERS` or `NETWORKS`, or "stack" for plain convolution blocks.
        batch: Number of samples in a batch.
        shape: Shape of a sample: frames (time, height, width, channels), or an image (height,
            width, channels), which the network repeats `time_steps` times.
        time_steps: Number of time steps T.
        modes: What is timed: "train" (forward, loss, backward, SGD), "predict", or "epoch" (`fit`
            over `EPOCH_BATCHES` batches).
        arguments: Further arguments of the layer or network.
        quick: Whether `--quick` keeps the row.
    """

    name: str
    kind: str
    batch: int
    shape: tuple[int, ...]
    time_steps: int
    modes: tuple[str, ...] = STEPS
    arguments: dict[str, Any] = field(default_factory=dict)
    quick: bool = False

    @property
    def frames(self) -> tuple[int, ...]:
        """(time, height, width, channels), also for an image."""
        return self.shape if len(self.shape) == 4 else (self.time_steps, *self.shape)

    @property
    def label(self) -> str:
        """Name and size, as the tables show them."""
        _, height, width, channels = self.frames
        return f"{self.name} ({self.batch}, {self.time_steps}, {height}, {width}, {channels})"

    def inputs(self, seed: int = 0) -> np.ndarray:
        """Returns (batch, *shape), float32: event counts for VGG8, otherwise normal numbers."""
        rng = np.random.default_rng(seed)
        shape = (self.batch, *self.shape)
        if self.kind == "vgg8":
            return rng.poisson(0.3, shape).astype("float32")
        return rng.standard_normal(shape, dtype="float32") * 1.5  # a spike in about five steps

    def labels(self, seed: int = 1) -> np.ndarray:
        """Returns integers (batch,)."""
        classes = self.arguments.get("classes", 10)
        return np.random.default_rng(seed).integers(0, classes, self.batch)


def _frames(name: str, kind: str, batch: int, shape: tuple[int, ...], **rest: Any) -> Workload:
    return Workload(name, kind, batch, shape, shape[0], **rest)


def _lif(name: str, batch: int, time_steps: int, size: int, channels: int) -> Workload:
    shape = (time_steps, size, size, channels)
    return _frames(name, "lif", batch, shape, quick=time_steps <= 16)


def _resnet20(name: str, **arguments: Any) -> Workload:
    arguments = {"classes": 10, **arguments}
    return Workload(name, "fsta_resnet20", 32, (32, 32, 3), 2, arguments=arguments)


WORKLOADS: tuple[Workload, ...] = (
    *(_lif(f"lif_small_t{t}", 32, t, 34, 16) for t in (4, 16, 64)),
    *(_lif(f"lif_large_t{t}", 4, t, 128, 64) for t in (4, 16, 64)),
    _frames("sma", "sma", 4, (10, 24, 24, 128), quick=True),
    Workload("fsta", "fsta", 32, (2, 16, 16, 64), 2, quick=True),
    _frames("sma_vgg8_48", "vgg8", 4, (10, 48, 48, 2), arguments=VGG, quick=True),
    _frames("sma_vgg8_48_b16", "vgg8", 16, (10, 48, 48, 2), modes=("train",), arguments=VGG),
    _frames("sma_vgg8_128", "vgg8", 4, (10, 128, 128, 2), arguments=VGG),
    Workload("sma_resnet18", "ms_resnet18", 4, (64, 64, 3), 6, arguments={"classes": 1000}),
    _resnet20("fsta_resnet20"),
    _resnet20("spiking_resnet20", attention=None),
    _frames(
        *("event_digits", "vgg8", 16, (8, 34, 34, 2)),  # the network and the batch of the recipe
        modes=(*STEPS, "epoch"),
        arguments=EVENT_DIGITS,
        quick=True,
    ),
)


def select(names: list[str] | None, quick: bool) -> list[Workload]:
    """Returns the rows with these names or beginnings of names; without names, all or the quick."""
    if not names:
        return [row for row in WORKLOADS if row.quick or not quick]
    chosen = {name for wanted in names for name in _matching(wanted)}
    return [row for row in WORKLOADS if row.name in chosen]


def _matching(wanted: str) -> list[str]:
    """Returns the row of this name, or the rows whose names begin like this."""
    names = [row.name for row in WORKLOADS]
    found = [wanted] if wanted in names else [name for name in names if name.startswith(wanted)]
    if not found:
        raise ValueError(f"`only` must be one of {', '.join(names)}. Received: only={wanted}")
    return found
