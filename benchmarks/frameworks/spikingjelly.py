"""SpikingJelly's layers in multi-step mode, and its LIFNode.

LIFNode has every constant of the papers. Its fused step on CPU supports ATan. The rectangular
surrogate (SpikingJelly's `Rect`) and the tanh surrogate (a user's class, below) run through
autograd, as they do for its users.
"""

import functools
import math
from collections.abc import Callable
from typing import Any

import torch
from spikingjelly.activation_based import functional, layer, neuron, surrogate

from benchmarks.networks.adapter import Adapter, Neuron


class _TanhSpike(torch.autograd.Function):
    """Heaviside forward; backward k (1 - tanh(k u)^2) / (2 tanh(k / 2)) for abs(u) <= 1 / 2."""

    @staticmethod
    def forward(ctx: Any, u: Any, k: float) -> Any:
        ctx.save_for_backward(u)
        ctx.k = k
        return surrogate.heaviside(u)

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> Any:
        (u,) = ctx.saved_tensors
        scale = ctx.k / (2 * math.tanh(ctx.k / 2))
        slope = scale * (1 - torch.tanh(ctx.k * u).square()) * (u.abs() <= 0.5)
        return gradients[0] * slope, None


class Tanh(surrogate.SurrogateFunctionBase):
    """FSTA's surrogate as a SpikingJelly surrogate function."""

    def __init__(self, k: float = 1.0):
        super().__init__(spiking=True, k=k)

    @staticmethod
    def spiking_function(x: Any, k: float) -> Any:
        return _TanhSpike.apply(x, k)


SURROGATES: dict[str, Callable[[], Any]] = {
    "atan": functools.partial(surrogate.ATan, 2.0),
    "rectangular": functools.partial(surrogate.Rect, 1.0),
    "tanh": Tanh,
}


def lif(constants: Neuron) -> Any:
    """Returns LIFNode with these constants."""
    return neuron.LIFNode(
        tau=constants.tau,
        decay_input=constants.decay_input,
        v_threshold=constants.v_threshold,
        v_reset=0.0,
        surrogate_function=SURROGATES[constants.surrogate](),
        detach_reset=constants.detach_reset,
        step_mode="m",
    )


def _multi_step(layer_class: Any) -> Any:
    return functools.partial(layer_class, step_mode="m")


def adapter() -> Adapter:
    """Returns SpikingJelly's layers."""
    return Adapter(
        conv=_multi_step(layer.Conv2d),
        norm=_multi_step(layer.BatchNorm2d),
        max_pool=_multi_step(layer.MaxPool2d),
        avg_pool=_multi_step(layer.AvgPool2d),
        adaptive_pool=_multi_step(layer.AdaptiveAvgPool2d),
        flatten=_multi_step(layer.Flatten),
        linear=_multi_step(layer.Linear),
        dropout=_multi_step(layer.Dropout),
        neuron=lif,
        reset=functional.reset_net,
    )
