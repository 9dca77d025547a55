"""keras_snn on TensorFlow, through the functions that `fit` and `predict` run."""

import os
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks import data
from benchmarks.fast_forms import switch_off
from benchmarks.frameworks import Contestant
from benchmarks.workloads import EPOCH_BATCHES, Workload

Step = Callable[[], Any]

NETWORKS = {
    ("vgg8", "default"): "SMAVGG8",
    ("ms_resnet18", "default"): "SMAResNet18",
    ("fsta_resnet20", "default"): "FSTAResNet20",
    ("fsta_resnet20", None): "SpikingResNet20",
}
"""The network of a kind, and of its argument `attention`."""


def start(contestant: Contestant, threads: int) -> None:
    """Imports TensorFlow and keras_snn, without a fast form where that is asked for."""
    os.environ["KERAS_BACKEND"] = "tensorflow"
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(threads)
    import keras_snn  # noqa: F401

    if contestant.without is not None:
        switch_off(contestant.without)


def build(contestant: Contestant, workload: Workload, mode: str, dtype: str) -> tuple[Step, int]:
    """The step of a layer or a network under the dtype policy."""
    import keras

    keras.utils.set_random_seed(0)
    keras.config.set_dtype_policy("mixed_bfloat16" if dtype == "bfloat16" else dtype)
    if workload.kind in data.LAYERS:
        return _layer_step(_layer(workload), workload, mode, dtype)
    model = save_memory(network(workload), contestant.memory_saver)
    model.compile(
        keras.optimizers.SGD(1e-3), keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    )
    return _network_step(model, workload, mode), trainable(model)


def save_memory(model: Any, way: str | None) -> Any:
    """The network in a form of `keras_snn.training`: "rematerialize", or "windows of N"."""
    from keras_snn import training

    if way is None:
        return model
    if way == "rematerialize":
        return training.rematerialize(model)
    return training.TruncatedBPTT(model, int(way.removeprefix("windows of ")))


def trainable(layer: Any) -> int:
    return sum(int(np.prod(weight.shape)) for weight in layer.trainable_weights)


def _network_step(model: Any, workload: Workload, mode: str) -> Step:
    import tensorflow as tf

    x, y = data.inputs(workload), data.labels(workload)
    if mode == "epoch":
        x, y = np.concatenate([x] * EPOCH_BATCHES), np.concatenate([y] * EPOCH_BATCHES)
        return lambda: model.fit(x, y, workload.batch, shuffle=False, verbose=0)
    frames, classes = tf.constant(x), tf.constant(y)
    if mode == "predict":
        return lambda: model.predict_on_batch(frames)
    return lambda: model.train_on_batch(frames, classes)


def _layer_step(layer: Any, workload: Workload, mode: str, dtype: str) -> tuple[Step, int]:
    """Forward alone, or forward and the gradient of sum(output * cotangent).

    A function of TensorFlow on CPU has computed its results when it returns.
    """
    import tensorflow as tf

    x = tf.cast(data.inputs(workload), dtype)
    cotangent = tf.cast(data.inputs(workload, seed=1), dtype)
    layer.build(x.shape)
    if mode == "predict":
        forward = tf.function(lambda x: layer(x, training=False))
        return lambda: forward(x), trainable(layer)

    @tf.function
    def train(x: Any, cotangent: Any) -> Any:
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = layer(x, training=True)
        return tape.gradient(y, [x, *layer.trainable_variables], cotangent)

    return lambda: train(x, cotangent), trainable(layer)


def _layer(workload: Workload) -> Any:
    import keras_snn

    layers = {
        "lif": keras_snn.layers.LIF,
        "sma": keras_snn.layers.SMA,
        "fsta": keras_snn.layers.FSTA,
    }
    return layers[workload.kind](**workload.arguments)


def network(workload: Workload) -> Any:
    """The network with logits as output."""
    if workload.kind == "stack":
        return stack(workload)
    from keras_snn import applications

    arguments = dict(workload.arguments)
    name = NETWORKS[workload.kind, arguments.pop("attention", "default")]
    if len(workload.shape) == 3:
        arguments["time_steps"] = workload.time_steps
    build = getattr(applications, name)
    return build(input_shape=workload.shape, classifier_activation=None, **arguments)


def stack(workload: Workload) -> Any:
    """`depth` blocks of convolution, batch normalisation and LIF, for `benchmarks.growth`."""
    import keras

    from keras_snn import layers

    inputs = x = keras.Input(workload.shape)
    for number in range(workload.arguments["depth"]):
        conv = keras.layers.Conv2D(workload.arguments["channels"], 3, padding="same")
        x = layers.TimeDistributed(conv, name=f"block{number}_conv")(x)
        x = layers.BatchNormalization(name=f"block{number}_bn")(x)
        x = layers.LIF(name=f"block{number}_lif")(x)
    rates = keras.ops.mean(x, axis=(1, 2, 3))  # (batch, channels)
    return keras.Model(inputs, keras.layers.Dense(workload.arguments["classes"])(rates))
