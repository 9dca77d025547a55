"""Frequency-based Spatial-Temporal Attention, as its authors compute it.

Source: arXiv 2501.14744. Every channel is filtered, as in the authors' code, which users of a
library would copy.
"""

import itertools
import math
from typing import Any

import numpy as np
import torch
from torch import nn


def filters(size: int) -> np.ndarray:
    """Returns the orthonormal DCT-II bank (size^2, size, size); filter i is vertical i mod size."""
    positions = np.arange(size) + 0.5
    waves = np.cos(math.pi * np.outer(np.arange(size), positions) / size)
    waves *= np.where(np.arange(size) == 0, math.sqrt(1 / size), math.sqrt(2 / size))[:, None]
    bank = waves[None, :, :, None] * waves[:, None, None, :]
    return bank.reshape(size * size, size, size)


class FrequencyAttention(nn.Module):
    """Applies the fixed bank to all channels, one or two convolutions, and a sigmoid."""

    bank: torch.Tensor

    def __init__(self, channels: int, size: int, reduction: int):
        super().__init__()
        bank = torch.from_numpy(filters(size)).to(torch.get_default_dtype())
        bank = bank[:, None].repeat(1, channels, 1, 1)
        self.register_buffer("bank", bank, persistent=False)
        widths = [size * size] if reduction == 1 else [size * size, size * size // reduction]
        convs: list[nn.Module] = []
        for inputs, outputs in itertools.pairwise([*widths, 1]):
            convs += [nn.Conv2d(inputs, outputs, 7, padding=3, bias=False), nn.ReLU()]
        self.freq_attention = nn.Sequential(*convs[:-1], nn.Sigmoid())

    def forward(self, x: Any) -> Any:
        maps = nn.functional.conv2d(x, self.bank, padding=self.bank.shape[-1] // 2)
        return self.freq_attention(maps)


class FSTA(nn.Module):
    """(time, batch, channels, height, width) -> the same."""

    def __init__(self, time_steps: int, channels: int, size: int = 7, reduction: int = 1):
        super().__init__()
        self.alpha = nn.Parameter(torch.tensor([0.5]))
        self.beta = nn.Parameter(torch.tensor([0.5]))
        self.t = nn.Parameter(torch.tensor([0.6]))
        self.s = nn.Parameter(torch.tensor([0.5]))
        self.freq_attention = FrequencyAttention(channels, size, reduction)
        self.fc_t = nn.Linear(time_steps, time_steps, bias=False)

    def forward(self, x: Any) -> Any:
        z = self.alpha * x.mean((3, 4)) + self.beta * x.amax((3, 4))  # (T, N, C)
        scores = self.fc_t(z.permute(1, 2, 0)).mean(1)  # (N, T)
        x_t = x * (1 + scores.sigmoid().t()[:, :, None, None, None])
        x_s = x_t * (1 + self.freq_attention(x_t.mean(0)))
        return (self.t * x_t + self.s * x_s) / 2
