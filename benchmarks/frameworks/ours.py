"""keras_snn on TensorFlow, through the functions that `fit` and `predict` run."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import tensorflow as tf

import keras_snn
from benchmarks.fast_forms import switch_off
from benchmarks.frameworks import Contestant
from benchmarks.networks.ours import network, save_memory, trainable
from benchmarks.workloads import EPOCH_BATCHES, LAYERS, Workload

Step = Callable[[], Any]

SINGLE = {"lif": "LIF", "sma": "SMA", "fsta": "FSTA"}


def start(contestant: Contestant, threads: int) -> None:
    """Limits the threads, and switches a fast form off if the contestant is without it."""
    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(threads)
    if contestant.without is not None:
        switch_off(contestant.without)


def build(contestant: Contestant, workload: Workload, mode: str, dtype: str) -> tuple[Step, int]:
    """Makes the step of a layer or a network under the dtype policy."""
    keras.utils.set_random_seed(0)
    keras.config.set_dtype_policy("mixed_bfloat16" if dtype == "bfloat16" else dtype)
    if workload.kind in LAYERS:
        layer = getattr(keras_snn.layers, SINGLE[workload.kind])(**workload.arguments)
        return _layer_step(layer, workload, mode, dtype), trainable(layer)
    model = save_memory(network(workload), contestant.memory_saver)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.SGD(1e-3), loss)
    return _network_step(model, workload, mode), trainable(model)


def _network_step(model: Any, workload: Workload, mode: str) -> Step:
    x, y = workload.inputs(), workload.labels()
    if mode == "epoch":
        x, y = np.concatenate([x] * EPOCH_BATCHES), np.concatenate([y] * EPOCH_BATCHES)
        return lambda: model.fit(x, y, workload.batch, shuffle=False, verbose=0)
    frames, classes = tf.constant(x), tf.constant(y)
    if mode == "predict":
        return lambda: model.predict_on_batch(frames)
    return lambda: model.train_on_batch(frames, classes)


def _layer_step(layer: Any, workload: Workload, mode: str, dtype: str) -> Step:
    """Computes outputs only, or also the gradient of sum(output * cotangent).

    On a CPU, a function of TensorFlow has computed its results when it returns.
    """
    x, cotangent = (tf.cast(workload.inputs(seed), dtype) for seed in (0, 1))
    layer.build(x.shape)
    if mode == "predict":
        forward = tf.function(lambda x: layer(x, training=False))
        return lambda: forward(x)

    @tf.function
    def train(x: Any, cotangent: Any) -> Any:
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = layer(x, training=True)
        return tape.gradient(y, [x, *layer.trainable_variables], cotangent)

    return lambda: train(x, cotangent)
