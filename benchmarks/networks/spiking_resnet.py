"""Spiking ResNets, made of the layers of a library. Source: arXiv 2501.14744."""

from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

from torch import nn

from benchmarks.networks.adapter import FREQUENCY, Adapter
from benchmarks.networks.fsta import FSTA


def conv(adapter: Adapter, inputs: int, outputs: int, kernel: int, stride: int = 1) -> nn.Module:
    """Makes a convolution without bias, padded by half its kernel."""
    pool = adapter.conv(inputs, outputs, kernel, stride, padding=kernel // 2, bias=False)
    return nn.Sequential(OrderedDict(pool=pool))


def norm(adapter: Adapter, channels: int) -> nn.Module:
    """Makes a batch normalization."""
    return nn.Sequential(OrderedDict(bn=adapter.norm(channels)))


def activation(
    adapter: Adapter, time_steps: int, channels: int, reduction: int | None
) -> nn.Module:
    """Makes FSTA with `reduction`, unless that is None, and LIF."""
    fsta = nn.Identity() if reduction is None else FSTA(time_steps, channels, reduction=reduction)
    return nn.Sequential(OrderedDict(dct=fsta, lif=adapter.neuron(FREQUENCY)))


class Block(nn.Module):
    """Conv - BN - act - Conv - BN, plus shortcut, act."""

    def __init__(
        self,
        adapter: Adapter,
        time_steps: int,
        inputs: int,
        outputs: int,
        stride: int,
        reduction: int | None,
        pooled: bool,
    ):
        super().__init__()
        self.conv1 = conv(adapter, inputs, outputs, 3, stride)
        self.bn1 = norm(adapter, outputs)
        self.relu1 = activation(adapter, time_steps, outputs, reduction)
        self.conv2, self.bn2 = conv(adapter, outputs, outputs, 3), norm(adapter, outputs)
        self.relu2 = activation(adapter, time_steps, outputs, reduction)
        self.downsample: nn.Module = nn.Identity()
        if inputs != outputs or stride != 1:
            strided = conv(adapter, inputs, outputs, 1, 1 if pooled else stride)
            pool = [adapter.avg_pool(stride, stride, ceil_mode=True)] if pooled else []
            self.downsample = nn.Sequential(*pool, strided, norm(adapter, outputs))

    def forward(self, x: Any) -> Any:
        y = self.relu1(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y))
        return self.relu2(y + self.downsample(x))


class Classifier(nn.Module):
    """Spatial mean, and logits per time step."""

    def __init__(self, adapter: Adapter, inputs: int, classes: int):
        super().__init__()
        self.conv = adapter.linear(inputs, classes)

    def forward(self, x: Any) -> Any:
        return self.conv(x.mean((3, 4)))


class SpikingResNet(nn.Module):
    """(time, batch, channels, height, width) -> logits (time, batch, classes).

    `layers` is 18, 19, 20 or 34; it decides the stem and the form of the shortcuts.
    """

    def __init__(
        self,
        adapter: Adapter,
        time_steps: int,
        channels: int,
        classes: int,
        attention: str | None = "fsta",
        layers: int = 20,
        depths: Sequence[int] = (2, 2, 2, 2),
        strides: Sequence[int] = (1, 2, 2, 2),
        widths: Sequence[int] = (64, 128, 256, 512),
    ):
        super().__init__()
        self.layers, self.stages, inputs = layers, len(depths), widths[0]
        reduction = 1 if attention else None
        self._add_stem(adapter, time_steps, channels, inputs, reduction)
        if layers == 19 and attention:
            reduction = 16
        for stage, (depth, stride, outputs) in enumerate(zip(depths, strides, widths, strict=True)):
            blocks = []
            for block in range(depth):
                sizes = inputs, outputs, stride if block == 0 else 1
                blocks.append(Block(adapter, time_steps, *sizes, reduction, layers == 20))
                inputs = outputs
            setattr(self, f"layer{stage + 1}", nn.Sequential(*blocks))
        self.fc = Classifier(adapter, inputs, classes)

    def _add_stem(
        self, adapter: Adapter, time_steps: int, channels: int, width: int, reduction: int | None
    ) -> None:
        if self.layers == 20:
            stem: list[Any] = []
            for inputs in (channels, width, width):
                stem += [conv(adapter, inputs, width, 3), norm(adapter, width)]
                stem.append(activation(adapter, time_steps, width, reduction))
            self.conv1: nn.Module = nn.Sequential(*stem, adapter.avg_pool(2))
            return
        kernel, stride = (3, 1) if self.layers == 19 else (7, 2)
        self.conv1 = conv(adapter, channels, width, kernel, stride)
        self.bn1 = norm(adapter, width)
        self.relu = activation(adapter, time_steps, width, reduction)
        self.pool = nn.Identity() if self.layers == 19 else adapter.avg_pool(3, 2, 1)

    def forward(self, x: Any) -> Any:
        x = self.conv1(x)
        if self.layers != 20:
            x = self.pool(self.relu(self.bn1(x)))
        for stage in range(self.stages):
            x = getattr(self, f"layer{stage + 1}")(x)
        return self.fc(x)
