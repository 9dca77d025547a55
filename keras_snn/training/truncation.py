"""Truncated backpropagation through time, on TensorFlow."""

import keras
import tensorflow as tf

from keras_snn.graphs.causality import shows_images, time_steps_of
from keras_snn.graphs.explicit_membranes import carrying
from keras_snn.training.rematerialization import require_single
from keras_snn.validation import count, require


@keras.saving.register_keras_serializable(package="keras_snn")
class TruncatedBPTT(keras.Model):
    """A network that learns long sequences window by window, with the memory of one window.

    A training step runs over the windows of a batch. Membranes go on from window to window,
    gradients do not: they are truncated at the borders. For n windows the step descends on

        loss = 1/n * sum over w of loss(targets, network(window w, membranes after window w - 1))

    with one update of the weights a batch, as `fit` makes it without truncation; one window as
    long as the sequence is plain training. Two things are per window, not per sequence: the
    statistics of BatchNormalization and the masks of dropout. A network with one output a sample
    sees the whole target in every window, one with outputs per step those of its time steps. The
    metrics of a training step are of the outputs put together, or their mean over the windows.

    Evaluation and prediction are those of `model`, which has the weights: save and export it.

    Args:
        model: A functional or sequential network with one input and one output, whose layers
            compute every time step from it and earlier ones, with no state but LIF's and IF's.
        window: Time steps of a window, a divisor of the number of time steps.

    Call arguments, Input shape, Output shape:
        Those of `model`; for training the number of time steps must be known.

    Raises:
        ValueError: for SMA, FSTA, a bidirectional layer or any other that needs later time steps,
            naming it and why; for RNNs and stateful layers; for a window that does not divide the
            time steps; and on another backend than TensorFlow.

    Example:
        >>> model = keras_snn.applications.VGG8(input_shape=(200, 48, 48, 2))
        >>> trainer = keras_snn.training.TruncatedBPTT(model, window=20)
        >>> trainer.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
        >>> trainer.fit(recordings)
        >>> model.save("trained.keras")

    Source: Williams and Peng, Neural Computation 2(4), 1990. Differs from the source: gradients
    reach back to the border of the window instead of a fixed number of steps.
    """

    def __init__(self, model, window, **kwargs):
        super().__init__(**{"name": f"{model.name}_truncated", **kwargs})
        backend = keras.backend.backend()
        require(backend == "tensorflow", "backend", "be tensorflow", backend=backend)
        require_single("model", model)
        self.window = count("window", window)
        self.model = model
        self.carrying, self._rests = carrying(model, self.window)
        if time_steps_of(model, model.inputs[0]) is not None:
            self._windows_of(model.inputs[0])

    def call(self, inputs, training=None, mask=None):
        return self.model(inputs, training=training, mask=mask)

    def train_step(self, data):
        x, y, weights = keras.utils.unpack_x_y_sample_weight(data)
        loss, gradients, outputs = self._over_windows(x, y, weights)
        self.optimizer.apply(gradients, self.trainable_variables)
        next(m for m in self.metrics if m.name == "loss").update_state(loss)
        return self.compute_metrics(x, y, outputs, sample_weight=weights)

    def _over_windows(self, x, y, weights):
        """The mean of the windows' losses, its gradients, and the outputs of the sequence."""
        windows = self._windows_of(x)

        def step(window, membranes, loss, gradients, outputs):
            data = self._cut(x, y, weights, window)
            part, own, output, membranes = self._of_window(*data, membranes)
            gradients = [a + b / windows for a, b in zip(gradients, own, strict=True)]
            outputs = outputs.write(window, output)
            loss = loss + tf.cast(part, loss.dtype) / windows
            return window + 1, membranes, loss, gradients, outputs

        start = (
            tf.constant(0),
            self._at_rest(tf.shape(x)[0]),
            tf.zeros([], keras.config.floatx()),
            [tf.zeros_like(variable) for variable in self.trainable_variables],
            tf.TensorArray(self.carrying.outputs[0].dtype, windows),
        )
        _, _, loss, gradients, outputs = tf.while_loop(
            lambda window, *_: window < windows, step, start, parallel_iterations=1
        )
        return loss, gradients, self._put_together(outputs.stack())

    def _of_window(self, x, y, weights, membranes):
        """Loss, gradients and outputs of a window, and the membranes after it."""
        variables = self.trainable_variables
        with tf.GradientTape() as tape:
            outputs, *membranes = self.carrying([x, *membranes], training=True)
            loss = self.compute_loss(x, y, outputs, weights, training=True)
            scaled = self.optimizer.scale_loss(loss)
        gradients = tape.gradient(scaled, variables, unconnected_gradients="zero")
        return loss, [tf.convert_to_tensor(g) for g in gradients], outputs, membranes

    def _at_rest(self, batch):
        inputs = self.carrying.inputs[1:]
        return [
            tf.fill([batch, *membrane.shape[1:]], tf.constant(rest, membrane.dtype))
            for membrane, rest in zip(inputs, self._rests, strict=True)
        ]

    def _put_together(self, outputs):
        """(windows, batch, ...) -> the outputs of the time steps in their order, or the mean."""
        if not self._is_per_step():
            return tf.reduce_mean(outputs, 0)
        ordered = tf.experimental.numpy.moveaxis(outputs, 0, 1)
        shape = tf.shape(ordered)
        return tf.reshape(ordered, tf.concat([shape[:1], [-1], shape[3:]], 0))

    def _is_per_step(self):
        """Whether there is more than one window, each with outputs of its own time steps."""
        return self.carrying.outputs[0].shape[1] != self.model.outputs[0].shape[1]

    def _cut(self, x, y, weights, window):
        """What a window sees of the inputs, the targets and the weights of samples."""
        per_step = self._is_per_step()
        weighs_steps = per_step and weights is not None and weights.shape.rank > 1
        x = x if shows_images(self.model) else self._steps_of(window, x)
        y = self._steps_of(window, y) if per_step else y
        return x, y, self._steps_of(window, weights) if weighs_steps else weights

    def _steps_of(self, window, sequence):
        first = window * self.window
        steps = sequence[:, first : first + self.window]
        return tf.ensure_shape(steps, [None, self.window, *sequence.shape[2:]])

    def _windows_of(self, x):
        """How many windows a sequence has."""
        steps = time_steps_of(self.model, x)
        rule = "divide the number of time steps, which must be known for training"
        good = steps is not None and steps % self.window == 0
        require(good, "window", rule, window=self.window, time_steps=steps)
        return steps // self.window

    def get_config(self):
        model = keras.saving.serialize_keras_object(self.model)
        return {**super().get_config(), "model": model, "window": self.window}

    @classmethod
    def from_config(cls, config):
        return cls(**{**config, "model": keras.saving.deserialize_keras_object(config["model"])})
