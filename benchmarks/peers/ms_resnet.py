"""MS-ResNet18 with membrane shortcuts, of a peer's layers. Source: arXiv 2405.13672, code."""

import itertools
from typing import Any

from torch import nn

from benchmarks.peers.kit import MEMBRANE, Kit
from benchmarks.peers.sma import SMA


class Norm(nn.Module):
    """Batch normalisation whose gamma starts at `gamma`."""

    def __init__(self, kit: Kit, channels: int, gamma: float):
        super().__init__()
        self.bn = kit.norm(channels)
        nn.init.constant_(self.bn.weight, gamma)

    def forward(self, x: Any) -> Any:
        return self.bn(x)


class Block(nn.Module):
    """LIF - Conv3x3 - [SMA] - BN - LIF - Conv3x3 - BN, plus shortcut."""

    def __init__(self, kit: Kit, inputs: int, outputs: int, stride: int, attention: Any):
        super().__init__()
        self.residual_function = nn.Sequential(
            kit.neuron(MEMBRANE),
            kit.conv(inputs, outputs, 3, stride, padding=1, bias=False),
            *attention,
            Norm(kit, outputs, MEMBRANE.v_threshold),
            kit.neuron(MEMBRANE),
            kit.conv(outputs, outputs, 3, padding=1, bias=False),
            Norm(kit, outputs, 0.0),
        )
        self.shortcut: nn.Module = nn.Identity()
        if stride != 1:
            conv = kit.conv(inputs, outputs, 1, stride, bias=False)
            self.shortcut = nn.Sequential(conv, Norm(kit, outputs, MEMBRANE.v_threshold))

    def forward(self, x: Any) -> Any:
        return self.residual_function(x) + self.shortcut(x)


class MSResNet18(nn.Module):
    """(time, batch, channels, height, width) -> logits (batch, classes)."""

    def __init__(
        self,
        kit: Kit,
        time_steps: int,
        channels: int,
        classes: int,
        attention: str | None = "sma",
    ):
        super().__init__()
        conv = kit.conv(channels, 64, 7, 2, padding=3, bias=False)
        self.conv1 = nn.Sequential(conv, Norm(kit, 64, MEMBRANE.v_threshold))
        widths = (64, 64, 128, 256, 512)
        for stage, (inputs, outputs) in enumerate(itertools.pairwise(widths), start=2):
            modules = [
                [SMA(kit, time_steps, outputs, "relu", time_reduction=time_steps / 4)]
                if attention
                else []
                for _ in range(2)
            ]
            first = Block(kit, inputs, outputs, 2, modules[0])
            second = Block(kit, outputs, outputs, 1, modules[1])
            setattr(self, f"conv{stage}_x", nn.Sequential(first, second))
        self.lif = kit.neuron(MEMBRANE)
        self.fc = nn.Linear(512, classes)

    def forward(self, x: Any) -> Any:
        x = self.conv1(x)
        for stage in range(2, 6):
            x = getattr(self, f"conv{stage}_x")(x)
        return self.fc(self.lif(x).mean((0, 3, 4)))
