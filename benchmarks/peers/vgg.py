"""VGG8 for event data, of a peer's layers. Source: arXiv 2405.13672, supplement and code."""

from typing import Any

from torch import nn

from benchmarks.peers.kit import EVENT, Kit
from benchmarks.peers.sma import SMA


class VGG8(nn.Module):
    """(time, batch, channels, height, width) -> logits (time, batch, classes)."""

    def __init__(
        self,
        kit: Kit,
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
            module = _block(kit, time_steps, widths[block - 1], widths[block], block in (2, 3))
            setattr(self, f"block{block}", module)
        self.others = nn.Sequential(
            kit.adaptive_pool((3, 3)),
            kit.flatten(),
            kit.linear(9 * filters[-1], units[0]),
            kit.neuron(EVENT),
            kit.dropout(0.5),
            kit.linear(units[0], units[1]),
            kit.neuron(EVENT),
            kit.dropout(0.5),
            kit.linear(units[1], classes),
        )

    def forward(self, x: Any) -> Any:
        for block in range(1, self.blocks + 1):
            x = getattr(self, f"block{block}")(x)
        return self.others(x)


def _block(kit: Kit, time_steps: int, inputs: int, outputs: int, attention: bool) -> Any:
    conv = nn.Sequential(kit.conv(inputs, outputs, 3, padding=1))
    sma = [SMA(kit, time_steps, outputs)] if attention else []
    rest = nn.Sequential(kit.norm(outputs), kit.neuron(EVENT), kit.max_pool(2))
    return nn.Sequential(conv, *sma, rest)
