"""MS-ResNets, made of the layers of a library. Source: the code of arXiv 2405.13672."""

from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

from torch import nn

from benchmarks.networks.adapter import MEMBRANE, Adapter
from benchmarks.networks.sma import SMA


def norm(adapter: Adapter, channels: int, gamma: float = MEMBRANE.v_threshold) -> nn.Module:
    """Makes a batch normalization whose gamma starts at `gamma`."""
    bn = adapter.norm(channels)
    nn.init.constant_(bn.weight, gamma)
    return nn.Sequential(OrderedDict(bn=bn))


class Block(nn.Module):
    """LIF - Conv3x3 - [SMA] - BN - LIF - Conv3x3 - BN, plus shortcut."""

    def __init__(
        self,
        adapter: Adapter,
        inputs: int,
        outputs: int,
        stride: int,
        attention: Sequence[nn.Module],
        pooled: bool,
    ):
        super().__init__()
        self.residual_function = nn.Sequential(
            adapter.neuron(MEMBRANE),
            adapter.conv(inputs, outputs, 3, stride, padding=1, bias=False),
            *attention,
            norm(adapter, outputs),
            adapter.neuron(MEMBRANE),
            adapter.conv(outputs, outputs, 3, padding=1, bias=False),
            norm(adapter, outputs, 0.0),
        )
        self.shortcut: nn.Module = nn.Identity()
        if stride != 1:
            conv = adapter.conv(inputs, outputs, 1, 1 if pooled else stride, bias=False)
            pool = [adapter.avg_pool(2, 2, ceil_mode=True)] if pooled else []
            self.shortcut = nn.Sequential(*pool, conv, norm(adapter, outputs))

    def forward(self, x: Any) -> Any:
        return self.residual_function(x) + self.shortcut(x)


class MSResNet(nn.Module):
    """(time, batch, channels, height, width) -> logits (batch, classes).

    `deep` builds the form of MSResNet104: three convolutions as stem, pools on the shortcuts.
    """

    def __init__(
        self,
        adapter: Adapter,
        time_steps: int,
        channels: int,
        classes: int,
        attention: str | None = "sma",
        depths: Sequence[int] = (2, 2, 2, 2),
        widths: Sequence[int] = (64, 128, 256, 512),
        deep: bool = False,
    ):
        super().__init__()
        inputs, self.stages = widths[0], len(depths)
        kernels = [(3, 2), (3, 1), (3, 1)] if deep else [(7, 2)]
        stem = []
        for kernel, stride in kernels:
            padding = kernel // 2
            stem.append(adapter.conv(channels, inputs, kernel, stride, padding, bias=deep))
            channels = inputs
        self.conv1 = nn.Sequential(*stem, norm(adapter, inputs))
        for stage, (depth, outputs) in enumerate(zip(depths, widths, strict=True)):
            blocks = []
            for block in range(depth):
                near = attention is not None and block < 2
                sma = [SMA(adapter, time_steps, outputs, "relu", 1.5)] if near else []
                blocks.append(Block(adapter, inputs, outputs, 1 if block else 2, sma, deep))
                inputs = outputs
            setattr(self, f"conv{stage + 2}_x", nn.Sequential(*blocks))
        self.lif = adapter.neuron(MEMBRANE)
        self.fc = nn.Linear(inputs, classes)

    def forward(self, x: Any) -> Any:
        x = self.conv1(x)
        for stage in range(self.stages):
            x = getattr(self, f"conv{stage + 2}_x")(x)
        return self.fc(self.lif(x).mean((0, 3, 4)))
