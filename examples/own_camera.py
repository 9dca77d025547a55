"""Turns recordings of your own event camera into a trained network that is ready for use.

The folder `camera` has one folder per class, with recordings of a camera of 260x346 pixels in any
format that `keras_snn.datasets.read_events` knows. Windows of a second become ten frames of 64x64
pixels; the events of neighboring pixels are added. You get the trained network as a SavedModel in
`served`, which runs without this library, and two pictures: the learning curves, and how often each
layer fires. Batches of four give a small folder enough steps per epoch for the batch normalization
to settle.

    python examples/own_camera.py
"""

from keras_snn import analysis, applications, utils, visualization

train, validation = utils.event_dataset_from_directory(
    "camera", size=(64, 64), window=10**6, batch_size=4, validation_split=0.2, subset="both", seed=0
)
model = applications.VGG8(input_shape=(10, 64, 64, 2), classes=2, filters=(16, 16, 32, 64, 64))
model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
history = model.fit(train, validation_data=validation, epochs=8, shuffle=False)
model.export("served")
visualization.learning_curves(history).savefig("learning_curves.png")
visualization.rate_bars(analysis.firing_rates(model, validation)).savefig("firing_rates.png")
