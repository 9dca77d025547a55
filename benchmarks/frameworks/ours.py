"""keras_snn on TensorFlow, through the functions that `fit` and `predict` run."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import tensorflow as tf

import keras_snn
from benchmarks.fast_forms import switch_off
from benchmarks.frameworks import Contestant
from benchmarks.workloads import EPOCH_BATCHES, LAYERS, Workload

Step = Callable[[], Any]

SINGLE = {"lif": "LIF", "sma": "SMA", "fsta": "FSTA"}
BUILDERS = {
    ("vgg8", "default"): "SMAVGG8",
    ("ms_resnet18", "default"): "SMAResNet18",
    ("fsta_resnet20", "default"): "FSTAResNet20",
    ("fsta_resnet20", None): "SpikingResNet20",
}
"""The builder by the kind of network and its argument `attention`."""


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


def save_memory(model: Any, way: str | None) -> Any:
    """Returns the network in a form of `keras_snn.training`: "rematerialize" or "windows of N"."""
    if way is None:
        return model
    if way == "rematerialize":
        return keras_snn.training.rematerialize(model)
    return keras_snn.training.TruncatedBPTT(model, int(way.removeprefix("windows of ")))


def trainable(layer: Any) -> int:
    """Returns the number of trainable parameters."""
    return sum(int(np.prod(weight.shape)) for weight in layer.trainable_weights)


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


def network(workload: Workload) -> Any:
    """Builds the network, with logits as output."""
    arguments = dict(workload.arguments)
    if workload.kind == "stack":
        return stack(workload.shape, **arguments)
    name = BUILDERS[workload.kind, arguments.pop("attention", "default")]
    if len(workload.shape) == 3:
        arguments["time_steps"] = workload.time_steps
    build = getattr(keras_snn.applications, name)
    return build(input_shape=workload.shape, classifier_activation=None, **arguments)


def stack(shape: tuple[int, ...], channels: int, depth: int, classes: int) -> Any:
    """Builds `depth` blocks of convolution, batch normalization and LIF."""
    inputs = x = keras.Input(shape)
    for number in range(depth):
        conv = keras.layers.Conv2D(channels, 3, padding="same")
        x = keras_snn.layers.TimeDistributed(conv, name=f"block{number}_conv")(x)
        x = keras_snn.layers.BatchNormalization(name=f"block{number}_bn")(x)
        x = keras_snn.layers.LIF(name=f"block{number}_lif")(x)
    rates = keras.ops.mean(x, axis=(1, 2, 3))  # (batch, channels)
    return keras.Model(inputs, keras.layers.Dense(classes)(rates))
