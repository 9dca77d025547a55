"""The parts of a network that a library provides: layers over time and a neuron."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Neuron:
    """Constants of a neuron. The reset is hard, to 0."""

    tau: float
    v_threshold: float
    decay_input: bool
    detach_reset: bool
    surrogate: str


EVENT = Neuron(2.0, 1.0, decay_input=True, detach_reset=True, surrogate="atan")
"""SMA on event data."""

MEMBRANE = Neuron(4 / 3, 0.5, decay_input=False, detach_reset=True, surrogate="rectangular")
"""SMA-ResNet on images."""

FREQUENCY = Neuron(4 / 3, 0.5, decay_input=False, detach_reset=False, surrogate="tanh")
"""FSTA's networks."""


@dataclass(frozen=True)
class Adapter:
    """Layer classes that take (time, batch, ...) and have PyTorch's arguments.

    `neuron` makes a module from a `Neuron`; `reset` resets the states of a network.
    """

    conv: Callable[..., Any]
    norm: Callable[..., Any]
    max_pool: Callable[..., Any]
    avg_pool: Callable[..., Any]
    adaptive_pool: Callable[..., Any]
    flatten: Callable[..., Any]
    linear: Callable[..., Any]
    dropout: Callable[..., Any]
    neuron: Callable[[Neuron], Any]
    reset: Callable[[Any], None]
