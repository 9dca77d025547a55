"""VGG8, made of the layers of a library. Source: supplement and code of arXiv 2405.13672."""

from typing import Any

from torch import nn

from benchmarks.networks.adapter import EVENT, Adapter
from benchmarks.networks.sma import SMA


class VGG8(nn.Module):
    """(time, batch, channels, height, width) -> logits (time, batch, classes)."""

    def __init__(
        self,
        adapter: Adapter,
        time_steps: int,
        channels: int,
        filters: tuple[int, ...],
        units: tuple[int, int],
        classes: int,
    ):
        super().__init__()
        widths = (channels, *filters)
        self.blocks = len(filters)
        for block in range(1, self.blocks + 1):
            module = _block(adapter, time_steps, widths[block - 1], widths[block], block in (2, 3))
            setattr(self, f"block{block}", module)
        self.others = nn.Sequential(
            adapter.adaptive_pool((3, 3)),
            adapter.flatten(),
            adapter.linear(9 * filters[-1], units[0]),
            adapter.neuron(EVENT),
            adapter.dropout(0.5),
            adapter.linear(units[0], units[1]),
            adapter.neuron(EVENT),
            adapter.dropout(0.5),
            adapter.linear(units[1], classes),
        )

    def forward(self, x: Any) -> Any:
        for block in range(1, self.blocks + 1):
            x = getattr(self, f"block{block}")(x)
        return self.others(x)


def _block(adapter: Adapter, time_steps: int, inputs: int, outputs: int, attention: bool) -> Any:
    conv = nn.Sequential(adapter.conv(inputs, outputs, 3, padding=1))
    sma = [SMA(adapter, time_steps, outputs)] if attention else []
    rest = nn.Sequential(adapter.norm(outputs), adapter.neuron(EVENT), adapter.max_pool(2))
    return nn.Sequential(conv, *sma, rest)
