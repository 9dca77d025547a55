"""The floor: the bare products of a network, in TensorFlow."""

from typing import Any

from benchmarks.floor import tensorflow_steps
from benchmarks.floor.products import products
from benchmarks.workloads import Workload


def start(threads: int) -> None:
    """Imports TensorFlow."""
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(threads)


def build(workload: Workload, mode: str, dtype: str) -> tuple[Any, int]:
    """The step of the bare products, or a copy of the tensor where there is no product."""
    if workload.kind == "lif":
        return tensorflow_steps.copy((workload.batch, *workload.frames), dtype), 0
    return tensorflow_steps.bare(products(workload), dtype, training=mode == "train"), 0
