"""Frequency-based Spatial-Temporal Attention, as its authors compute it.

Source: arXiv 2501.14744. Every channel is filtered, as in the authors' code, which a user of the
peer would take over.
"""

import math
from typing import Any

import numpy as np
import torch
from torch import nn

from benchmarks.peers.kit import Kit


def filters(size: int) -> np.ndarray:
    """(size^2, size, size): the orthonormal DCT-II bank; filter i: vertical i mod n."""
    positions = np.arange(size) + 0.5
    waves = np.cos(math.pi * np.outer(np.arange(size), positions) / size)
    waves *= np.where(np.arange(size) == 0, math.sqrt(1 / size), math.sqrt(2 / size))[:, None]
    bank = waves[None, :, :, None] * waves[:, None, None, :]
    return bank.reshape(size * size, size, size)


class FrequencyAttention(nn.Module):
    """The fixed bank over all channels, then convolution and sigmoid."""

    bank: torch.Tensor

    def __init__(self, channels: int, size: int):
        super().__init__()
        bank = torch.from_numpy(filters(size)).float()[:, None].repeat(1, channels, 1, 1)
        self.register_buffer("bank", bank, persistent=False)
        conv = nn.Conv2d(size * size, 1, 7, padding=3, bias=False)
        self.freq_attention = nn.Sequential(conv, nn.Sigmoid())

    def forward(self, x: Any) -> Any:
        maps = nn.functional.conv2d(x, self.bank, padding=self.bank.shape[-1] // 2)
        return self.freq_attention(maps)


class FSTA(nn.Module):
    """(time, batch, channels, height, width) -> the same."""

    def __init__(self, kit: Kit, time_steps: int, channels: int, size: int = 7):
        super().__init__()
        self.alpha = nn.Parameter(torch.tensor([0.5]))
        self.beta = nn.Parameter(torch.tensor([0.5]))
        self.t = nn.Parameter(torch.tensor([0.6]))
        self.s = nn.Parameter(torch.tensor([0.5]))
        self.freq_attention = FrequencyAttention(channels, size)
        self.fc_t = nn.Linear(time_steps, time_steps, bias=False)

    def forward(self, x: Any) -> Any:
        z = self.alpha * x.mean((3, 4)) + self.beta * x.amax((3, 4))  # (T, N, C)
        scores = self.fc_t(z.permute(1, 2, 0)).mean(1)  # (N, T)
        x_t = x * (1 + scores.sigmoid().t()[:, :, None, None, None])
        x_s = x_t * (1 + self.freq_attention(x_t.mean(0)))
        return (self.t * x_t + self.s * x_s) / 2
