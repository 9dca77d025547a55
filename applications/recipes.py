"""One row a data set: the network, how it is trained, and for how long."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Recipe:
    """How `train.py` trains on one data set.

    `network` is a name of `keras_snn.applications`; `arguments` go to it. `azo` holds the
    divisors of AZO for channels and time steps.
    """

    dataset: str
    network: str
    arguments: dict[str, Any]
    azo: tuple[int, int]
    epochs: int
    batch_size: int
    learning_rate: float
    weight_decay: float
    slice_by: str = "count"
    settings: dict[str, Any] = field(default_factory=dict)


RECIPES = {
    # SMA-VGG8, small: widths that 2 cores train in minutes.
    "event_digits": Recipe(
        dataset="event_digits",
        network="VGG8",
        arguments={"filters": (16, 16, 32, 64, 64), "units": (1024, 512)},
        azo=(4, 4),
        epochs=20,
        batch_size=16,
        learning_rate=5e-3,
        weight_decay=1e-4,
    ),
}
