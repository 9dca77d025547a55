"""Steps of a PyTorch module: what both peers have in common."""

from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks import data
from benchmarks.peers.kit import Kit
from benchmarks.peers.networks import layer, network
from benchmarks.workloads import EPOCH_BATCHES, Workload

Step = Callable[[], Any]


def start(threads: int) -> None:
    """Imports PyTorch."""
    import torch

    torch.set_num_threads(threads)
    torch.set_num_interop_threads(threads)


def build(kit: Kit, workload: Workload, mode: str, dtype: str) -> tuple[Step, int]:
    """The step of a layer or a network made of the kit's layers."""
    import torch

    torch.manual_seed(0)
    if workload.kind in data.LAYERS:
        module = layer(kit, workload)
        return _layer_step(kit, module, workload, mode, dtype), trainable(module)
    module = network(kit, workload)
    return _network_step(kit, module, workload, mode, dtype), trainable(module)


def trainable(module: Any) -> int:
    return sum(parameter.numel() for parameter in module.parameters() if parameter.requires_grad)


def frames(workload: Workload, seed: int = 0) -> Any:
    """(time, batch, channels, height, width), as a user of the peer keeps them."""
    import torch

    x = data.inputs(workload, seed)
    if len(workload.shape) == 3:
        x = data.repeated(x, workload.time_steps)
    return torch.from_numpy(data.time_first(x))


def autocast(dtype: str) -> Any:
    import torch

    return torch.autocast("cpu", torch.bfloat16, enabled=dtype == "bfloat16")


def _layer_step(kit: Kit, module: Any, workload: Workload, mode: str, dtype: str) -> Step:
    import torch

    kind = getattr(torch, dtype)
    x, cotangent = frames(workload).to(kind), frames(workload, seed=1).to(kind)

    def predict() -> Any:
        with torch.inference_mode(), autocast(dtype):
            y = module(x)
        kit.reset(module)
        return y

    def train() -> Any:
        leaf = x.detach().requires_grad_()
        module.zero_grad(set_to_none=True)
        with autocast(dtype):
            y = module(leaf)
        y.backward(cotangent.to(y.dtype))
        kit.reset(module)
        return leaf.grad

    module.train(mode == "train")
    return train if mode == "train" else predict


def _network_step(kit: Kit, module: Any, workload: Workload, mode: str, dtype: str) -> Step:
    import torch

    x, y = frames(workload), torch.from_numpy(data.labels(workload).astype(np.int64))
    optimizer = torch.optim.SGD(module.parameters(), lr=1e-3)

    def predict() -> Any:
        with torch.inference_mode(), autocast(dtype):
            logits = module(x)
        kit.reset(module)
        return logits

    def train() -> float:
        optimizer.zero_grad(set_to_none=True)
        with autocast(dtype):
            logits = module(x)
        loss = torch.nn.functional.cross_entropy(logits.float(), y)
        loss.backward()
        optimizer.step()
        kit.reset(module)
        return loss.item()

    module.train(mode != "predict")
    steps = {"train": train, "predict": predict, "epoch": lambda: _repeat(train)}
    return steps[mode]


def _repeat(step: Step) -> None:
    for _ in range(EPOCH_BATCHES):
        step()
