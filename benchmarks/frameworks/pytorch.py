"""Steps of PyTorch layers and networks, made of the layers of a library that an adapter names."""

import importlib
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from benchmarks.frameworks import Contestant
from benchmarks.networks.adapter import EVENT, Adapter
from benchmarks.networks.fsta import FSTA
from benchmarks.networks.ms_resnet import MSResNet
from benchmarks.networks.sma import SMA
from benchmarks.networks.spiking_resnet import SpikingResNet
from benchmarks.networks.vgg import VGG8
from benchmarks.workloads import EPOCH_BATCHES, LAYERS, Workload

Step = Callable[[], Any]

BUILDERS: dict[str, Callable[..., Any]] = {
    "lif": lambda adapter, time_steps, channels: adapter.neuron(EVENT),
    "sma": SMA,
    "fsta": lambda adapter, time_steps, channels: FSTA(time_steps, channels),
    "vgg8": VGG8,
    "ms_resnet18": MSResNet,
    "fsta_resnet20": SpikingResNet,
}


def start(contestant: Contestant, threads: int) -> None:
    """Limits the threads, and imports the library."""
    torch.set_num_threads(threads)
    torch.set_num_interop_threads(threads)
    adapter_of(contestant)


def adapter_of(contestant: Contestant) -> Adapter:
    """Returns the layers of the library."""
    return importlib.import_module(f"benchmarks.frameworks.{contestant.adapter}").adapter()


def network(adapter: Adapter, workload: Workload) -> Any:
    """Builds the layer or the network of a workload."""
    sizes = workload.time_steps, workload.frames[-1]
    return BUILDERS[workload.kind](adapter, *sizes, **workload.arguments)


def build(contestant: Contestant, workload: Workload, mode: str, dtype: str) -> tuple[Step, int]:
    """Makes the step of a layer or a network."""
    torch.manual_seed(0)
    adapter = adapter_of(contestant)
    module = network(adapter, workload).train(mode != "predict")
    make = _layer_step if workload.kind in LAYERS else _network_step
    return make(adapter, module, workload, mode, dtype), trainable(module)


def trainable(module: Any) -> int:
    """Returns the number of trainable parameters."""
    return sum(parameter.numel() for parameter in module.parameters() if parameter.requires_grad)


def frames(workload: Workload, seed: int = 0) -> torch.Tensor:
    """Returns (time, batch, channels, height, width), as a user of the library keeps them."""
    x = workload.inputs(seed)
    if len(workload.shape) == 3:
        x = np.repeat(x[:, None], workload.time_steps, axis=1)
    return torch.from_numpy(np.ascontiguousarray(x.transpose(1, 0, 4, 2, 3)))


def autocast(dtype: str) -> Any:
    """Returns the context in which bfloat16 is used, if it is asked for."""
    return torch.autocast("cpu", torch.bfloat16, enabled=dtype == "bfloat16")


def _mean_over_time(logits: torch.Tensor) -> torch.Tensor:
    """(time, batch, classes) or (batch, classes) -> (batch, classes)."""
    return logits.mean(0) if logits.ndim == 3 else logits


def _prediction(adapter: Adapter, module: Any, x: torch.Tensor, dtype: str) -> Step:
    def predict() -> Any:
        with torch.inference_mode(), autocast(dtype):
            y = _mean_over_time(module(x))
        adapter.reset(module)
        return y

    return predict


def _layer_step(adapter: Adapter, module: Any, workload: Workload, mode: str, dtype: str) -> Step:
    x, cotangent = (frames(workload, seed).to(getattr(torch, dtype)) for seed in (0, 1))
    if mode == "predict":
        return _prediction(adapter, module, x, dtype)

    def train() -> Any:
        leaf = x.detach().requires_grad_()
        module.zero_grad(set_to_none=True)
        with autocast(dtype):
            y = module(leaf)
        y.backward(cotangent.to(y.dtype))
        adapter.reset(module)
        return leaf.grad

    return train


def _network_step(adapter: Adapter, module: Any, workload: Workload, mode: str, dtype: str) -> Step:
    x, y = frames(workload), torch.from_numpy(workload.labels().astype(np.int64))
    if mode == "predict":
        return _prediction(adapter, module, x, dtype)
    optimizer = torch.optim.SGD(module.parameters(), lr=1e-3)

    def train() -> float:
        optimizer.zero_grad(set_to_none=True)
        with autocast(dtype):
            logits = _mean_over_time(module(x))
        loss = torch.nn.functional.cross_entropy(logits.float(), y)
        loss.backward()
        optimizer.step()
        adapter.reset(module)
        return loss.item()

    return train if mode == "train" else lambda: [train() for _ in range(EPOCH_BATCHES)]
