"""PyTorch's own layers, called on merged time and batch."""

from typing import Any

from torch import nn


def over_time(layer_class: type[nn.Module]) -> type[nn.Module]:
    """Makes a class of the same layer that takes (time, batch, ...)."""

    class OverTime(layer_class):  # type: ignore[misc, valid-type]
        def forward(self, x: Any) -> Any:
            y = super().forward(x.flatten(0, 1))
            return y.unflatten(0, x.shape[:2])

    return OverTime


LAYERS: dict[str, type[nn.Module]] = {
    "conv": over_time(nn.Conv2d),
    "norm": over_time(nn.BatchNorm2d),
    "max_pool": over_time(nn.MaxPool2d),
    "avg_pool": over_time(nn.AvgPool2d),
    "adaptive_pool": over_time(nn.AdaptiveAvgPool2d),
}
"""What an `Adapter` takes of them."""
