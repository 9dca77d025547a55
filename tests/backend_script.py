"""Run in a process of another backend: `python -m tests.backend_script FILE.keras FILE.npz`."""

import sys

import keras
import numpy as np

from keras_snn import layers
from keras_snn.training import rematerialize


def predictions(model_file, data_file):
    """The recorded outputs come out of this backend too."""
    recorded = np.load(data_file)
    outputs = keras.models.load_model(model_file).predict(recorded["x"], verbose=0)
    np.testing.assert_allclose(outputs, recorded["y"], rtol=1e-4, atol=1e-5)


def gradients(rematerialized):
    """Prints the weights that three SGD steps lead to."""
    rng = np.random.default_rng(0)
    inputs = keras.Input((6, 5, 4, 8))
    x = layers.TimeDistributed(keras.layers.Conv2D(8, 3, padding="same"))(inputs)
    x = layers.SMA((1, 3), time_reduction=2, azo=layers.AZO(4, 2))(x)
    x = layers.FSTA(3)(layers.BatchNormalization()(x))
    x, state = layers.LIF(tau=1.8, v_threshold=0.2, learn_tau=True, return_state=True)(x)
    x = keras.layers.Concatenate()([keras.layers.Flatten()(x), keras.layers.Flatten()(state)])
    model = keras.Model(inputs, keras.layers.Dense(3)(x))
    model = rematerialize(model) if rematerialized else model
    for variable in model.trainable_variables:
        variable.assign(rng.uniform(-0.3, 0.5, variable.shape))
    model.compile(keras.optimizers.SGD(1e-3), "mse")
    data, targets = rng.normal(0.5, 1, (4, 6, 5, 4, 8)), rng.normal(size=(4, 3))
    for _ in range(3):
        model.train_on_batch(data, targets)
    for variable in model.weights:
        print(
            f"{rematerialized}/{variable.path}", *np.ravel(keras.ops.convert_to_numpy(variable))[:5]
        )


if __name__ == "__main__":
    predictions(*sys.argv[1:3])
    gradients(rematerialized=False)
    gradients(rematerialized=True)
