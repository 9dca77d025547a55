"""Networks of keras_snn on JAX or PyTorch, through `train_on_batch` and `predict_on_batch`."""

from collections.abc import Callable
from typing import Any

import keras

from benchmarks.frameworks import Contestant
from benchmarks.networks.ours import network, trainable
from benchmarks.workloads import Workload


def start(contestant: Contestant, threads: int) -> None:
    """Limits the threads of PyTorch; JAX takes all cores."""
    if contestant.backend == "torch":
        import torch

        torch.set_num_threads(threads)


def build(
    contestant: Contestant, workload: Workload, mode: str, dtype: str
) -> tuple[Callable[[], Any], int]:
    """Makes the step of a network under the dtype policy."""
    keras.utils.set_random_seed(0)
    keras.config.set_dtype_policy("mixed_bfloat16" if dtype == "bfloat16" else dtype)
    model = network(workload)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.SGD(1e-3), loss)
    x, y = workload.inputs(), workload.labels()
    if mode == "predict":
        return lambda: model.predict_on_batch(x), trainable(model)
    return lambda: model.train_on_batch(x, y), trainable(model)
