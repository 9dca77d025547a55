"""Shows that ten plain layers of LIF neurons learn nothing until their kernels are scaled.

You see the validation accuracy on handwritten digits after each epoch. It stays at chance (0.1)
with Keras's initial kernels, and rises after `keras_snn.training.calibrate`. This takes a minute on
two cores.

    python examples/silent_network.py
"""

import keras
import numpy as np
from sklearn.datasets import load_digits

import keras_snn

TIME_STEPS, LAYERS, UNITS, EPOCHS = 4, 10, 64, 8


def digits() -> tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """Loads training and validation data: 8 x 8 pixels from 0 to 1 and labels, shuffled."""
    x, y = load_digits(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(x))
    x, y = (x[order] / 16).astype("float32"), y[order]
    return (x[:1400], y[:1400]), (x[1400:], y[1400:])


def network() -> keras.Model:
    """Builds layers of LIF neurons after Dense, without normalization."""
    inputs = keras.Input((64,))
    x = keras.layers.RepeatVector(TIME_STEPS)(inputs)
    for number in range(1, LAYERS + 1):
        x = keras.layers.Dense(UNITS)(x)
        x = keras_snn.layers.LIF(name=f"lif{number}")(x)
    x = keras_snn.layers.MeanOverTime()(x)
    return keras.Model(inputs, keras.layers.Dense(10, activation="softmax")(x))


def accuracies(calibrated: bool) -> list[float]:
    """Returns the validation accuracy of a network after each epoch, calibrated or not."""
    keras.utils.set_random_seed(0)
    train, validation = digits()
    model = network()
    if calibrated:
        print(keras_snn.training.calibrate(model, train[0][:128], rate=0.2))
    model.compile(
        keras.optimizers.Adam(5e-3), "sparse_categorical_crossentropy", metrics=["accuracy"]
    )
    history = model.fit(*train, validation_data=validation, epochs=EPOCHS, verbose=0)
    return history.history["val_accuracy"]


def main() -> None:
    for calibrated in (False, True):
        values = " ".join(f"{value:.2f}" for value in accuracies(calibrated))
        print(f"calibrated: {calibrated}, validation accuracy by epoch: {values}")


if __name__ == "__main__":
    main()
