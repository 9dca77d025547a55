"""Trains a spiking network with attention, of twenty lines, on an event camera's digits.

You see the validation accuracy rise over three epochs, and then how often each layer spikes. It
takes about a minute on two cores.

    python examples/first_network.py
"""

import keras

import keras_snn
from keras_snn.layers import FSTA, LIF, BatchNormalization, TimeDistributed

EPOCHS = 3


def network() -> keras.Model:
    """Builds two convolutional blocks, the second with FSTA, and a classifier of mean spikes."""
    inputs = keras.Input((8, 34, 34, 2))  # time, height, width, polarity
    x = inputs
    for filters in (16, 32):
        x = TimeDistributed(keras.layers.Conv2D(filters, 3, padding="same"))(x)
        x = BatchNormalization()(x)
        x = FSTA(frequency_size=3)(x) if filters == 32 else x
        x = LIF(tau=2.0, surrogate="atan", name=f"lif{filters}")(x)
        x = TimeDistributed(keras.layers.AveragePooling2D(3))(x)
    x = TimeDistributed(keras.layers.Flatten())(x)
    x = keras.layers.GlobalAveragePooling1D()(x)  # mean over time
    return keras.Model(inputs, keras.layers.Dense(10, activation="softmax")(x))


def main() -> None:
    keras.utils.set_random_seed(0)
    train = keras_snn.datasets.load("event_digits", "train", batch_size=32)
    validation = keras_snn.datasets.load("event_digits", "validation", batch_size=72)
    model = network()
    model.compile(
        keras.optimizers.Adam(5e-3), "sparse_categorical_crossentropy", metrics=["accuracy"]
    )
    model.fit(train, validation_data=validation, epochs=EPOCHS, shuffle=False)
    for layer, rate in keras_snn.analysis.firing_rates(model, validation).items():
        print(f"{layer}: fires at {100 * rate:.1f} % of the steps")


if __name__ == "__main__":
    main()
