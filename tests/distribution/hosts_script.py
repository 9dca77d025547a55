"""One of several processes that train one model on JAX, each with its share of the data.

python -m tests.distribution.hosts_script PROCESSES PROCESS PORT FOLDER EPOCHS
"""

import sys
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from keras_snn import distribution, layers
from keras_snn.training import Backup


def build():
    inputs = keras.Input((4, 6))
    x = layers.BatchNormalization()(keras.layers.Dense(8)(inputs))
    x = layers.LIF(v_threshold=0.5)(x)  # no dropout: its draws follow the order within a batch
    return keras.Model(inputs, keras.layers.Dense(3)(layers.MeanOverTime()(x)))


def main(processes, process, port, folder, epochs):
    keras.config.set_floatx("float64")
    keras.utils.set_random_seed(5)
    devices = distribution.distribute(
        "jax", coordinator=f"localhost:{port}", processes=int(processes), process=int(process)
    )
    rng = np.random.default_rng(0)
    x, y = rng.normal(0.5, 1.0, (32, 4, 6)), rng.normal(size=(32, 3))
    samples = tf.data.Dataset.from_tensor_slices((x, y))
    backup = Backup(Path(folder) / "backup.npz", write=devices.first)
    data = devices.share(backup.shuffle(samples, seed=3), batch_size=8)
    with devices.scope():
        model = build()
        model.compile(keras.optimizers.Adam(0.01), "mse")
        history = model.fit(
            data,
            epochs=int(epochs),
            initial_epoch=backup.initial_epoch,
            callbacks=[backup],
            shuffle=False,
            verbose=0,
        )
    weights = {str(i): w for i, w in enumerate(model.get_weights())}
    np.savez(Path(folder) / f"{process}.npz", losses=history.history["loss"], **weights)


if __name__ == "__main__":
    main(*sys.argv[1:])
