"""Run in a process of its own: `python -m tests.distribution.devices_script FILE.npz RUNS...`.

Trains one model on simulated devices, in float64, and writes what came out: outputs, the weights
and running statistics after one step, and the losses of three epochs. A run is a number of
devices, or "apart" for two that do not share their statistics. TensorFlow takes two numbers of
devices at most in a process, 1 and another: the groups of its collective operations are fixed.
"""

import os
import sys

os.environ["XLA_FLAGS"] = "--xla_force_host_platform_device_count=8"

import keras
import numpy as np
import tensorflow as tf

from keras_snn import layers
from keras_snn.datasets.epochs import EpochSeeds
from keras_snn.distribution import synchronize
from tests.applications.miniatures import liven

BATCH, SHAPE = 16, (4, 5, 6, 4)
BACKEND = keras.backend.backend()
STRATEGIES: dict = {}
"""By number of devices: two strategies over the same devices in one process mix up their sums."""


def build(azo):
    """SMA with neurons, FSTA, batch normalization alone and within SMA."""
    inputs = keras.Input(SHAPE)
    x = layers.TimeDistributed(keras.layers.Conv2D(4, 3, padding="same"))(inputs)
    x = layers.LIF(v_threshold=0.4)(layers.BatchNormalization()(x))
    x = layers.SMA((1, 3), azo=layers.AZO(2, 2) if azo else None, time_reduction=2)(x)
    x = layers.MeanOverTime()(keras.layers.Reshape((4, -1))(layers.FSTA(2)(x)))
    return liven(keras.Model(inputs, keras.layers.Dense(3)(x)))


def scope(devices):
    if BACKEND == "jax":
        names = keras.distribution.list_devices()[:devices]
        return keras.distribution.DataParallel(devices=names).scope()
    if devices not in STRATEGIES:
        names = [place.name for place in tf.config.list_logical_devices("CPU")[:devices]]
        STRATEGIES[devices] = tf.distribute.MirroredStrategy(names)
    return STRATEGIES[devices].scope()


def trained(devices, synchronized, azo):
    """Outputs, losses and weights by name."""
    rng = np.random.default_rng(0)
    x = rng.normal(0.5, 1.0, (3 * BATCH, *SHAPE))
    y = rng.normal(size=(3 * BATCH, 3))
    keras.utils.set_random_seed(5)
    with scope(devices):
        model = build(azo)
        model = synchronize(model) if synchronized else model
        model.compile(keras.optimizers.SGD(0.05), "mse")
        found = {"outputs": model.predict(x, batch_size=BATCH, verbose=0)}
        samples = tf.data.Dataset.from_tensor_slices((x, y))
        first = samples.take(BATCH).batch(BATCH)  # of data as those below: traced once for both
        model.fit(first, shuffle=False, verbose=0)
        weights = model.get_weights()
        found |= {f"step/{i}": np.copy(w) for i, w in enumerate(weights)}
        data = EpochSeeds(3).shuffle(samples).batch(BATCH)
        history = model.fit(data, epochs=3, shuffle=False, verbose=0).history
    return found | {"losses": np.array(history["loss"])}


def run(name):
    azo = BACKEND == "jax"  # on TensorFlow each replica selects from its own part of the batch
    return trained(2, False, azo) if name == "apart" else trained(int(name), True, azo)


def main(path, *names):
    keras.config.set_floatx("float64")
    if BACKEND == "tensorflow":
        cpu = tf.config.list_physical_devices("CPU")[0]
        logical = [tf.config.LogicalDeviceConfiguration()] * 8
        tf.config.set_logical_device_configuration(cpu, logical)
    runs = {f"{name}/{key}": value for name in names for key, value in run(name).items()}
    np.savez(path, **runs)


if __name__ == "__main__":
    main(*sys.argv[1:])
