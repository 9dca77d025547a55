"""Spiking Multiscale Attention, made of the layers of a library.

Source: arXiv 2405.13672. The decoder multiplies the two weights before it applies them to the maps,
so that it reads every map once.
"""

from collections import OrderedDict
from typing import Any

import torch
from torch import nn

from benchmarks.networks.adapter import EVENT, Adapter


def scale(adapter: Adapter, channels: int, kernel: int, activation: str) -> nn.Module:
    """Makes one scale of the encoder: act(BN(Conv_k(x)))."""
    conv = adapter.conv(channels, channels, kernel, padding=kernel // 2)
    act = adapter.neuron(EVENT) if activation == "lif" else nn.ReLU()
    return nn.Sequential(OrderedDict(conv=conv, bn=adapter.norm(channels), act=act))


class SMA(nn.Module):
    """(time, batch, channels, height, width) -> the same."""

    def __init__(
        self,
        adapter: Adapter,
        time_steps: int,
        channels: int,
        activation: str = "lif",
        time_reduction: float = 4,
        kernels: tuple[int, ...] = (1, 3, 5, 7),
    ):
        super().__init__()
        hidden, hidden_t = channels // 4, int(time_steps / time_reduction + 1e-9)
        self.S_Convs = nn.ModuleList(scale(adapter, channels, k, activation) for k in kernels)
        self.C_before_attention_conv = nn.Conv2d(channels, hidden, 1)
        self.C_after_attention_convs = nn.ModuleList(
            nn.Conv2d(hidden, channels, 1) for _ in kernels
        )
        self.T_before_attention_conv = nn.Conv3d(time_steps, hidden_t, 1)
        self.T_after_attention_convs = nn.ModuleList(
            nn.Conv3d(hidden_t, time_steps, 1) for _ in kernels
        )

    def forward(self, x: Any) -> Any:
        maps = [encode(x) for encode in self.S_Convs]
        y = sum(maps[1:], start=maps[0]).mean((3, 4), keepdim=True)  # (T, N, C, 1, 1)
        weights = self.channel_weights(y) * self.time_weights(y)  # (scales, T, N, C, 1, 1)
        weighed = [w * m for w, m in zip(weights, maps, strict=True)]
        return sum(weighed[1:], start=weighed[0])

    def channel_weights(self, y: Any) -> Any:
        """A^C, (scales, T, N, C, 1, 1)."""
        hidden = torch.relu(self.C_before_attention_conv(y.flatten(0, 1)))
        scores = torch.stack([after(hidden) for after in self.C_after_attention_convs])
        return scores.softmax(0).unflatten(1, y.shape[:2])

    def time_weights(self, y: Any) -> Any:
        """A^T, (scales, T, N, 1, 1, 1)."""
        z = y.mean(2, keepdim=True).transpose(0, 1)  # (N, T, 1, 1, 1)
        hidden = torch.relu(self.T_before_attention_conv(z))
        scores = torch.stack([after(hidden) for after in self.T_after_attention_convs])
        return scores.softmax(0).transpose(1, 2)
