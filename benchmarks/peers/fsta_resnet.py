"""FSTA-ResNet20 with spikes on the shortcut, of a peer's layers. Source: arXiv 2501.14744, code."""

from typing import Any

from torch import nn

from benchmarks.peers.fsta import FSTA
from benchmarks.peers.kit import FREQUENCY, Kit


class Conv(nn.Module):
    """A convolution without bias, padded by half its kernel."""

    def __init__(self, kit: Kit, inputs: int, outputs: int, kernel: int, stride: int = 1):
        super().__init__()
        self.pool = kit.conv(inputs, outputs, kernel, stride, padding=kernel // 2, bias=False)

    def forward(self, x: Any) -> Any:
        return self.pool(x)


class Norm(nn.Module):
    """Batch normalisation."""

    def __init__(self, kit: Kit, channels: int):
        super().__init__()
        self.bn = kit.norm(channels)

    def forward(self, x: Any) -> Any:
        return self.bn(x)


class Activation(nn.Module):
    """FSTA, where there is attention, and LIF."""

    def __init__(self, kit: Kit, time_steps: int, channels: int, attention: str | None):
        super().__init__()
        self.dct = FSTA(kit, time_steps, channels) if attention else nn.Identity()
        self.lif = kit.neuron(FREQUENCY)

    def forward(self, x: Any) -> Any:
        return self.lif(self.dct(x))


class Block(nn.Module):
    """Conv - BN - act - Conv - BN, plus shortcut, act."""

    def __init__(
        self, kit: Kit, time_steps: int, inputs: int, outputs: int, stride: int, attention: Any
    ):
        super().__init__()
        self.conv1, self.bn1 = Conv(kit, inputs, outputs, 3, stride), Norm(kit, outputs)
        self.relu1 = Activation(kit, time_steps, outputs, attention)
        self.conv2, self.bn2 = Conv(kit, outputs, outputs, 3), Norm(kit, outputs)
        self.relu2 = Activation(kit, time_steps, outputs, attention)
        self.downsample: nn.Module = nn.Identity()
        if inputs != outputs:
            pool = kit.avg_pool(stride, stride, ceil_mode=True, count_include_pad=False)
            self.downsample = nn.Sequential(pool, Conv(kit, inputs, outputs, 1), Norm(kit, outputs))

    def forward(self, x: Any) -> Any:
        y = self.relu1(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y))
        return self.relu2(y + self.downsample(x))


class Classifier(nn.Module):
    """Spatial mean, and logits per time step."""

    def __init__(self, kit: Kit, inputs: int, classes: int):
        super().__init__()
        self.conv = kit.linear(inputs, classes)

    def forward(self, x: Any) -> Any:
        return self.conv(x.mean((3, 4)))


class FSTAResNet20(nn.Module):
    """(time, batch, channels, height, width) -> logits (time, batch, classes)."""

    def __init__(
        self,
        kit: Kit,
        time_steps: int,
        channels: int,
        classes: int,
        attention: str | None = "fsta",
    ):
        super().__init__()
        stem: list[Any] = []
        for inputs in (channels, 64, 64):
            stem += [Conv(kit, inputs, 64, 3), Norm(kit, 64)]
            stem.append(Activation(kit, time_steps, 64, attention))
        self.conv1 = nn.Sequential(*stem, kit.avg_pool(2))
        widths, strides = (64, 64, 128, 256, 512), (1, 2, 2, 2)
        for stage, stride in enumerate(strides, start=1):
            inputs, outputs = widths[stage - 1 : stage + 1]
            first = Block(kit, time_steps, inputs, outputs, stride, attention)
            second = Block(kit, time_steps, outputs, outputs, 1, attention)
            setattr(self, f"layer{stage}", nn.Sequential(first, second))
        self.fc = Classifier(kit, 512, classes)

    def forward(self, x: Any) -> Any:
        x = self.conv1(x)
        for stage in range(1, 5):
            x = getattr(self, f"layer{stage}")(x)
        return self.fc(x)
