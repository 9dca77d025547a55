"""Spiking ResNets with spikes on the shortcut, of a library's layers. Source: arXiv 2501.14744."""

from collections.abc import Sequence
from typing import Any

from torch import nn

from benchmarks.networks.adapter import FREQUENCY, Adapter
from benchmarks.networks.fsta import FSTA


class Conv(nn.Module):
    """A convolution without bias, padded by half its kernel."""

    def __init__(self, adapter: Adapter, inputs: int, outputs: int, kernel: int, stride: int = 1):
        super().__init__()
        self.pool = adapter.conv(inputs, outputs, kernel, stride, padding=kernel // 2, bias=False)

    def forward(self, x: Any) -> Any:
        return self.pool(x)


class Norm(nn.Module):
    """Batch normalization."""

    def __init__(self, adapter: Adapter, channels: int):
        super().__init__()
        self.bn = adapter.norm(channels)

    def forward(self, x: Any) -> Any:
        return self.bn(x)


class Activation(nn.Module):
    """FSTA, where there is attention, and LIF. `reduction` is that of FSTA."""

    def __init__(self, adapter: Adapter, time_steps: int, channels: int, reduction: int | None):
        super().__init__()
        self.dct: nn.Module = nn.Identity()
        if reduction is not None:
            self.dct = FSTA(time_steps, channels, reduction=reduction)
        self.lif = adapter.neuron(FREQUENCY)

    def forward(self, x: Any) -> Any:
        return self.lif(self.dct(x))


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
        self.conv1 = Conv(adapter, inputs, outputs, 3, stride)
        self.bn1 = Norm(adapter, outputs)
        self.relu1 = Activation(adapter, time_steps, outputs, reduction)
        self.conv2, self.bn2 = Conv(adapter, outputs, outputs, 3), Norm(adapter, outputs)
        self.relu2 = Activation(adapter, time_steps, outputs, reduction)
        self.downsample: nn.Module = nn.Identity()
        if inputs != outputs or stride != 1:
            conv = Conv(adapter, inputs, outputs, 1, 1 if pooled else stride)
            pool = [adapter.avg_pool(stride, stride, ceil_mode=True)] if pooled else []
            self.downsample = nn.Sequential(*pool, conv, Norm(adapter, outputs))

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

    `layers` is 18, 19, 20 or 34; it decides on the stem and on what the shortcuts do.
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
                stem += [Conv(adapter, inputs, width, 3), Norm(adapter, width)]
                stem.append(Activation(adapter, time_steps, width, reduction))
            self.conv1: nn.Module = nn.Sequential(*stem, adapter.avg_pool(2))
            return
        kernel, stride = (3, 1) if self.layers == 19 else (7, 2)
        self.conv1 = Conv(adapter, channels, width, kernel, stride)
        self.bn1 = Norm(adapter, width)
        self.relu = Activation(adapter, time_steps, width, reduction)
        self.pool = nn.Identity() if self.layers == 19 else adapter.avg_pool(3, 2, 1)

    def forward(self, x: Any) -> Any:
        x = self.conv1(x)
        if self.layers != 20:
            x = self.pool(self.relu(self.bn1(x)))
        for stage in range(self.stages):
            x = getattr(self, f"layer{stage + 1}")(x)
        return self.fc(x)
