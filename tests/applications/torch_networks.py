"""The residual networks once more, in plain PyTorch functions that read a state dictionary.

Written from the papers' description alone, with the keys of the authors' programs, as a second
opinion on strides, paddings, pools and the order of a block. Tensors are (time, batch, channels,
height, width), float64; evaluation mode.
"""

import math

import torch
import torch.nn.functional as F


class Network:
    """The operations, on the weights of one state dictionary."""

    def __init__(self, state):
        self.state = {key: torch.as_tensor(value).double() for key, value in state.items()}

    def has(self, module):
        return any(key.startswith(f"{module}.") for key in self.state)

    def conv(self, x, module, stride=1):
        weight = self.state[f"{module}.weight"]
        bias = self.state.get(f"{module}.bias")
        padding = weight.shape[-1] // 2
        return steps(lambda y: F.conv2d(y, weight, bias, stride, padding), x)

    def bn(self, x, module):
        names = ("running_mean", "running_var", "weight", "bias")
        values = [self.state[f"{module}.{name}"] for name in names]
        return steps(lambda y: F.batch_norm(y, *values, eps=1e-5), x)

    def linear(self, x, module):
        weight = self.state[f"{module}.weight"].flatten(1)
        return F.linear(x, weight, self.state.get(f"{module}.bias"))

    def sma(self, x, module):
        """SMA with ReLU inside; BN stands one level deeper."""
        maps, n = [], 0
        while self.has(f"{module}.S_Convs.{n}"):
            y = self.conv(x, f"{module}.S_Convs.{n}.conv")
            maps.append(self.bn(y, f"{module}.S_Convs.{n}.bn.bn").relu())
            n += 1
        y = sum(maps).mean((3, 4))  # (time, batch, channels)
        hidden = self.linear(y, f"{module}.C_before_attention_conv").relu()
        after = f"{module}.C_after_attention_convs"
        channel = torch.stack([self.linear(hidden, f"{after}.{i}") for i in range(n)]).softmax(0)
        hidden = self.linear(y.mean(2).T, f"{module}.T_before_attention_conv").relu()
        after = f"{module}.T_after_attention_convs"
        time = torch.stack([self.linear(hidden, f"{after}.{i}").T for i in range(n)]).softmax(0)
        weights = time[..., None] * channel
        return sum(w[..., None, None] * m for w, m in zip(weights, maps, strict=True))

    def fsta(self, x, module):
        """Exact DCT filters on every channel, as the paper has it."""
        scalars = (self.state[f"{module}.{name}"] for name in ("alpha", "beta", "t", "s"))
        alpha, beta, t, s = scalars
        z = alpha * x.mean((3, 4)) + beta * x.amax((3, 4))  # (time, batch, channels)
        mixed = F.linear(z.permute(1, 2, 0), self.state[f"{module}.fc_t.weight"])
        w_t = mixed.mean(1).sigmoid().T[:, :, None, None, None]
        x_t = x * (1 + w_t)
        maps = x_t.mean(0)
        maps = F.conv2d(maps, dct_bank(7).repeat(1, maps.shape[1], 1, 1), padding=3)
        convs = f"{module}.freq_attention.freq_attention"
        maps = F.conv2d(maps, self.state[f"{convs}.0.weight"], padding=3)
        if self.has(f"{convs}.2"):
            maps = F.conv2d(maps.relu(), self.state[f"{convs}.2.weight"], padding=3)
        return (t * x_t + s * x_t * (1 + maps.sigmoid())) / 2


def dct_bank(n):
    """(n * n, 1, n, n): filter i has the vertical frequency i mod n."""

    def wave(k, position):
        scale = math.sqrt((1 if k == 0 else 2) / n)
        return scale * math.cos(math.pi * k * (2 * position + 1) / (2 * n))

    bank = [
        [[wave(i % n, y) * wave(i // n, x) for x in range(n)] for y in range(n)]
        for i in range(n * n)
    ]
    return torch.tensor(bank, dtype=torch.float64)[:, None]


def steps(function, x):
    """A function of images at every step."""
    return function(x.flatten(0, 1)).unflatten(0, x.shape[:2])


def lif(x):
    """Decay 0.25, threshold 0.5, hard reset to 0."""
    v, spikes = torch.zeros_like(x[0]), []
    for current in x:
        v = 0.25 * v + current
        spikes.append((v >= 0.5).double())
        v = v * (1 - spikes[-1])
    return torch.stack(spikes)


def ms_resnet(state, x, depths, deep):
    """Logits of MSResNet and SMAResNet."""
    net = Network(state)
    if deep:
        for number, stride in enumerate((2, 1, 1)):
            x = net.conv(x, f"conv1.{number}", stride)
        x = net.bn(x, "conv1.3.bn")
    else:
        x = net.bn(net.conv(x, "conv1.0", 2), "conv1.1.bn")
    for stage, depth in enumerate(depths, start=2):
        for block in range(depth):
            x = ms_block(net, x, f"conv{stage}_x.{block}", 2 if block == 0 else 1, deep)
    return net.linear(lif(x).mean((3, 4)).mean(0), "fc")


def ms_block(net, x, name, stride, deep):
    inner = f"{name}.residual_function"
    y = net.conv(lif(x), f"{inner}.1", stride)
    shift = int(net.has(f"{inner}.2.S_Convs"))
    if shift:
        y = net.sma(y, f"{inner}.2")
    y = lif(net.bn(y, f"{inner}.{2 + shift}.bn"))
    y = net.bn(net.conv(y, f"{inner}.{4 + shift}"), f"{inner}.{5 + shift}.bn")
    if stride == 1:
        return x + y
    if deep:
        x = steps(lambda z: F.avg_pool2d(z, 2, ceil_mode=True), x)
        return y + net.bn(net.conv(x, f"{name}.shortcut.1"), f"{name}.shortcut.2.bn")
    return y + net.bn(net.conv(x, f"{name}.shortcut.0", stride), f"{name}.shortcut.1.bn")


def fsta_resnet(state, x, depths, strides, layers):
    """Logits of FSTAResNet and SpikingResNet."""
    net = Network(state)

    def fire(x, module):
        return lif(net.fsta(x, f"{module}.dct") if net.has(f"{module}.dct") else x)

    if layers == 20:
        for i in (0, 3, 6):
            x = net.bn(net.conv(x, f"conv1.{i}.pool"), f"conv1.{i + 1}.bn")
            x = fire(x, f"conv1.{i + 2}")
        x = steps(lambda z: F.avg_pool2d(z, 2), x)
    else:
        x = net.conv(x, "conv1.pool", 1 if layers == 19 else 2)
        x = fire(net.bn(x, "bn1.bn"), "relu")
        if layers != 19:
            x = steps(lambda z: F.avg_pool2d(z, 3, 2, 1), x)
    for stage, (depth, first) in enumerate(zip(depths, strides, strict=True), start=1):
        for block in range(depth):
            stride, name = first if block == 0 else 1, f"layer{stage}.{block}"
            y = net.bn(net.conv(x, f"{name}.conv1.pool", stride), f"{name}.bn1.bn")
            y = net.conv(fire(y, f"{name}.relu1"), f"{name}.conv2.pool")
            y = net.bn(y, f"{name}.bn2.bn")
            if net.has(f"{name}.downsample"):
                x = projection(net, x, f"{name}.downsample", stride, layers)
            x = fire(y + x, f"{name}.relu2")
    return net.linear(x.mean((3, 4)).mean(0), "fc.conv")


def plain_lif(x, leak, gain):
    """v <- (1 - leak) v + gain x, threshold 1, hard reset to 0."""
    v, spikes = torch.zeros_like(x[0]), []
    for current in x:
        v = (1 - leak) * v + gain * current
        spikes.append((v >= 1.0).double())
        v = v * (1 - spikes[-1])
    return torch.stack(spikes)


def max_resnet(state, x, depths, strides):
    """Logits of MaxResNet; keys are our layers' names."""
    net = Network(state)

    def conv_bn(x, conv, bn, stride=1):
        return net.bn(net.conv(x, conv, stride), bn)

    def fire(x):
        return plain_lif(x, 0.5, 0.5)

    x = conv_bn(x, "stem_conv1", "stem_bn")
    for name, stride in block_names(depths, strides):
        y = conv_bn(fire(x), f"{name}_conv1", f"{name}_bn1")
        if stride > 1:
            y = steps(lambda z: F.max_pool2d(z, 3, 2, 1), y)
        y = conv_bn(fire(y), f"{name}_conv2", f"{name}_bn2")
        if net.has(f"{name}_shortcut_conv"):
            x = conv_bn(x, f"{name}_shortcut_conv", f"{name}_shortcut_bn", stride)
        x = x + y
    return net.linear(fire(x).mean((3, 4)).mean(0), "predictions")


def sew_resnet(state, x, depths, strides):
    """Logits of SEWResNet with the connection ADD; keys are our layers' names."""
    net = Network(state)

    def fire(x, conv, bn, stride=1):
        return plain_lif(net.bn(net.conv(x, conv, stride), bn), 0.0, 1.0)

    x = fire(x, "stem_conv1", "stem_bn1", 2)
    x = steps(lambda z: F.max_pool2d(z, 3, 2, 1), x)
    for name, stride in block_names(depths, strides):
        y = fire(x, f"{name}_conv1", f"{name}_bn1", stride)
        y = fire(y, f"{name}_conv2", f"{name}_bn2")
        if net.has(f"{name}_shortcut_conv"):
            x = fire(x, f"{name}_shortcut_conv", f"{name}_shortcut_bn", stride)
        x = x + y
    return net.linear(x.mean((3, 4)).mean(0), "predictions")


def block_names(depths, strides):
    """Names of the blocks, and the stride of each."""
    for stage, (depth, first) in enumerate(zip(depths, strides, strict=True), start=1):
        for block in range(1, depth + 1):
            yield f"stage{stage}_block{block}", first if block == 1 else 1


def projection(net, x, name, stride, layers):
    if layers == 20:
        x = steps(lambda z: F.avg_pool2d(z, stride, ceil_mode=True), x)
        return net.bn(net.conv(x, f"{name}.1.pool"), f"{name}.2.bn")
    return net.bn(net.conv(x, f"{name}.0.pool", stride), f"{name}.1.bn")
