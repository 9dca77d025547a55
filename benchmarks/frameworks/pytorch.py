"""Steps of PyTorch networks, made of the layers of a library that an adapter names."""

import importlib
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks import data
from benchmarks.frameworks import Contestant
from benchmarks.networks.adapter import Adapter
from benchmarks.workloads import EPOCH_BATCHES, Workload

Step = Callable[[], Any]


def start(contestant: Contestant, threads: int) -> None:
    """Imports PyTorch and the library."""
    import torch

    torch.set_num_threads(threads)
    torch.set_num_interop_threads(threads)
    adapter_of(contestant)


def adapter_of(contestant: Contestant) -> Adapter:
    """The library's layers."""
    return importlib.import_module(f"benchmarks.frameworks.{contestant.adapter}").adapter()


def build(contestant: Contestant, workload: Workload, mode: str, dtype: str) -> tuple[Step, int]:
    """The step of a layer or a network made of the library's layers."""
    import torch

    from benchmarks.networks.table import layer, network

    torch.manual_seed(0)
    adapter = adapter_of(contestant)
    if workload.kind in data.LAYERS:
        module = layer(adapter, workload)
        return _layer_step(adapter, module, workload, mode, dtype), trainable(module)
    module = network(adapter, workload)
    return _network_step(adapter, module, workload, mode, dtype), trainable(module)


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


def _prediction(adapter: Adapter, module: Any, x: Any, dtype: str) -> Step:
    import torch

    def predict() -> Any:
        with torch.inference_mode(), autocast(dtype):
            y = module(x)
        adapter.reset(module)
        return y

    return predict


def _layer_step(adapter: Adapter, module: Any, workload: Workload, mode: str, dtype: str) -> Step:
    import torch

    kind = getattr(torch, dtype)
    x, cotangent = frames(workload).to(kind), frames(workload, seed=1).to(kind)
    module.train(mode == "train")
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
    import torch

    x, y = frames(workload), torch.from_numpy(data.labels(workload).astype(np.int64))
    module.train(mode != "predict")
    if mode == "predict":
        return _prediction(adapter, module, x, dtype)
    optimizer = torch.optim.SGD(module.parameters(), lr=1e-3)

    def train() -> float:
        optimizer.zero_grad(set_to_none=True)
        with autocast(dtype):
            logits = module(x)
        loss = torch.nn.functional.cross_entropy(logits.float(), y)
        loss.backward()
        optimizer.step()
        adapter.reset(module)
        return loss.item()

    return train if mode == "train" else lambda: [train() for _ in range(EPOCH_BATCHES)]
