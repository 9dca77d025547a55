"""The networks of other papers than the benchmarks', in plain PyTorch that reads weights by name.

Written from the papers' description alone, as a second opinion on strides, paddings, pools and the
order of a block. Tensors are (time, batch, channels, height, width), float64; evaluation mode. The
networks of the benchmarks get PyTorch's own layers and a loop over time as neuron.
"""

import functools
import re

import torch
import torch.nn.functional as F

from benchmarks.networks.adapter import Adapter
from benchmarks.networks.over_time import LAYERS


class Loop(torch.nn.Module):
    """The neuron of an `Adapter` as a loop over time."""

    def __init__(self, constants):
        super().__init__()
        self.leak = 1 / constants.tau
        self.gain = self.leak if constants.decay_input else 1.0
        self.v_threshold = constants.v_threshold

    def forward(self, x):
        return plain_lif(x, self.leak, self.gain, self.v_threshold)


def adapter():
    """PyTorch's own layers, and the loop."""
    return Adapter(
        **LAYERS,
        flatten=functools.partial(torch.nn.Flatten, start_dim=2),
        linear=torch.nn.Linear,
        dropout=torch.nn.Dropout,
        neuron=Loop,
        reset=lambda network: None,
    )


def logits(build, state, x, **arguments):
    """Logits of a network of `benchmarks.networks` with the weights of a state dictionary."""
    torch.set_default_dtype(torch.float64)  # the filters of FSTA keep every digit
    try:
        network = build(adapter(), x.shape[0], x.shape[2], **arguments).eval()
    finally:
        torch.set_default_dtype(torch.float32)
    # Inside SMA, the program for ImageNet has batch normalization one level deeper.
    state = {re.sub(r"(S_Convs\.\d+\.bn)\.bn", r"\1", key): v for key, v in state.items()}
    shapes = {key: value.shape for key, value in network.state_dict().items()}
    assert shapes.keys() == state.keys()
    network.load_state_dict({k: torch.as_tensor(v).reshape(shapes[k]) for k, v in state.items()})
    with torch.inference_mode():
        found = network(x)
    return found.mean(0) if found.ndim == 3 else found


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


def steps(function, x):
    """A function of images at every step."""
    return function(x.flatten(0, 1)).unflatten(0, x.shape[:2])


def plain_lif(x, leak, gain, v_threshold=1.0):
    """v <- (1 - leak) v + gain x, hard reset to 0."""
    v, spikes = torch.zeros_like(x[0]), []
    for current in x:
        v = (1 - leak) * v + gain * current
        spikes.append((v >= v_threshold).to(x.dtype))
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
