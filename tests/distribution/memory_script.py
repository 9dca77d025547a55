"""Prints the bytes that a sample adds to the peak of a training step: estimated, measured."""

import keras
import numpy as np

from benchmarks.machine import peak_bytes
from keras_snn import applications
from keras_snn.distribution import memory_per_device

FEW, MANY = 4, 20


def main():
    model = applications.SMAResNet18(input_shape=(64, 64, 3), classes=10, filters=(16, 32, 32, 32))
    model.compile(keras.optimizers.SGD(), "sparse_categorical_crossentropy")
    peaks = []
    for batch in (FEW, MANY):
        x, y = np.zeros((batch, 64, 64, 3), "float32"), np.zeros(batch)
        for _ in range(2):
            model.train_on_batch(x, y)
        peaks.append(peak_bytes())
    few, many = (memory_per_device(model, batch, slots=0).activations for batch in (FEW, MANY))
    print((many - few) // (MANY - FEW), (peaks[1] - peaks[0]) // (MANY - FEW))


if __name__ == "__main__":
    main()
