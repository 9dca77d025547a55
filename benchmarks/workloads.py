"""What is measured: one row a network or layer, with its shape.

Sizes follow the published runs where they are small enough, else a smaller image of the same
network. `EVENT_DIGITS` is the network and the batch of the event_digits recipe.
"""

from dataclasses import dataclass, field
from typing import Any

EVENT_DIGITS: dict[str, Any] = {
    "filters": (16, 16, 32, 64, 64),
    "units": (1024, 512),
    "classes": 10,
}
EVENT_DIGITS_SHAPE = (8, 34, 34, 2)
EVENT_DIGITS_BATCH = 16

VGG: dict[str, Any] = {
    "filters": (64, 128, 256, 512, 512),
    "units": (2048, 1024),
    "classes": 10,
}

STEPS = ("train", "predict")


@dataclass(frozen=True)
class Workload:
    """One row.

    Args:
        name: How `--only` selects it.
        kind: A layer ("lif", "sma", "fsta"), a network ("vgg8", "ms_resnet18", "fsta_resnet20")
            or "stack", plain convolution blocks.
        batch: Samples in a batch.
        shape: Of one sample: frames (time, height, width, channels), or an image (height,
            width, channels), which the network repeats `time_steps` times.
        time_steps: T.
        modes: What is timed: "train" (forward, loss, backward, SGD), "predict", "epoch" (`fit`
            over `EPOCH_BATCHES` batches).
        arguments: Further arguments of the network.
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
        """(time, height, width, channels), also of an image."""
        return self.shape if len(self.shape) == 4 else (self.time_steps, *self.shape)

    @property
    def label(self) -> str:
        """Name and size, as the tables show them."""
        _, height, width, channels = self.frames
        return f"{self.name} ({self.batch}, {self.time_steps}, {height}, {width}, {channels})"


EPOCH_BATCHES = 12
"""Batches of one timed epoch: a quarter of event_digits', the ratio is the same."""


def _frames(name: str, kind: str, batch: int, shape: tuple[int, ...], **rest: Any) -> Workload:
    return Workload(name, kind, batch, shape, shape[0], **rest)


def _lif(name: str, batch: int, time_steps: int, size: int, channels: int) -> Workload:
    shape = (time_steps, size, size, channels)
    return _frames(name, "lif", batch, shape, quick=time_steps <= 16)


WORKLOADS: tuple[Workload, ...] = (
    *(_lif(f"lif_small_t{t}", 32, t, 34, 16) for t in (4, 16, 64)),
    *(_lif(f"lif_large_t{t}", 4, t, 128, 64) for t in (4, 16, 64)),
    _frames("sma", "sma", 4, (10, 24, 24, 128), quick=True),
    Workload("fsta", "fsta", 32, (2, 16, 16, 64), 2, quick=True),
    _frames("sma_vgg8_48", "vgg8", 4, (10, 48, 48, 2), arguments=VGG, quick=True),
    _frames("sma_vgg8_48_b16", "vgg8", 16, (10, 48, 48, 2), modes=("train",), arguments=VGG),
    _frames("sma_vgg8_128", "vgg8", 4, (10, 128, 128, 2), arguments=VGG),
    Workload("sma_resnet18", "ms_resnet18", 4, (64, 64, 3), 6, arguments={"classes": 1000}),
    Workload("fsta_resnet20", "fsta_resnet20", 32, (32, 32, 3), 2, arguments={"classes": 10}),
    Workload(
        "spiking_resnet20",
        "fsta_resnet20",
        32,
        (32, 32, 3),
        2,
        arguments={"classes": 10, "attention": None},
    ),
    _frames(
        "event_digits",
        "vgg8",
        EVENT_DIGITS_BATCH,
        EVENT_DIGITS_SHAPE,
        modes=("train", "predict", "epoch"),
        arguments=EVENT_DIGITS,
        quick=True,
    ),
)


def select(names: list[str] | None, quick: bool) -> list[Workload]:
    """The rows of the given names (or beginnings of names); all, or the quick ones, without."""
    if not names:
        return [row for row in WORKLOADS if row.quick or not quick]
    chosen = {name for wanted in names for name in _called(wanted)}
    return [row for row in WORKLOADS if row.name in chosen]


def _called(wanted: str) -> list[str]:
    """The row of this name, or the rows whose names begin so."""
    names = [row.name for row in WORKLOADS]
    found = [wanted] if wanted in names else [name for name in names if name.startswith(wanted)]
    if not found:
        raise ValueError(f"`only` must be one of {', '.join(names)}. Received: only={wanted}")
    return found
