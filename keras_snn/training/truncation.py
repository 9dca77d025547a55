"""Truncated backpropagation through time, on TensorFlow."""

from typing import Any

import keras
import tensorflow as tf

from keras_snn.graphs.causality import takes_static_image, time_steps_of
from keras_snn.graphs.explicit_membranes import with_explicit_membranes
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
            compute every time step from it and earlier ones, with no state but that of neurons.
        window: Time steps of a window, a divisor of the number of time steps.

    Call arguments, Input shape, Output shape:
        Those of `model`; for training the number of time steps must be known.

    Raises:
        ValueError: for SMA, FSTA, a bidirectional layer or any other that needs later time steps,
            naming it and why; for RNNs and stateful layers; for a window that does not divide the
            time steps; and on another backend than TensorFlow.

    Example:
        >>> trainer = keras_snn.training.TruncatedBPTT(model, window=2)
        >>> trainer.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
        >>> history = trainer.fit(x, y)
        >>> model.save("trained.keras")

    Source: Williams and Peng, Neural Computation 2(4), 1990. Differs from the source: gradients
    reach back to the border of the window instead of a fixed number of steps.
    """

    def __init__(self, model: keras.Model, window: int, **kwargs: Any) -> None:
        super().__init__(**{"name": f"{model.name}_truncated", **kwargs})
        backend = keras.backend.backend()
        require(backend == "tensorflow", "backend", "be tensorflow", backend=backend)
        require_single("model", model)
        self.window = count("window", window)
        self.model = model
        network, rests = with_explicit_membranes(model, self.window)
        self._network_of_windows = lambda: network  # shares all weights, so it is not tracked
        self._rests = rests
        if time_steps_of(model, model.inputs[0]) is not None:
            self._windows_of(model.inputs[0])
        self.built = True

    def call(self, inputs: Any, training: Any = None, mask: Any = None) -> Any:
        return self.model(inputs, training=training, mask=mask)

    def train_step(self, data: Any) -> Any:
        x, y, weights = keras.utils.unpack_x_y_sample_weight(data)
        loss, gradients, outputs = self._over_windows(x, y, weights)
        self.optimizer.apply(gradients, self.trainable_variables)
        replicas = tf.distribute.get_strategy().num_replicas_in_sync
        tracker = next(metric for metric in self.metrics if metric.name == "loss")
        tracker.update_state(loss * replicas, sample_weight=tf.shape(_tensor(x))[0])
        return self.compute_metrics(x, y, outputs, sample_weight=weights)

    def _over_windows(self, x: Any, y: Any, weights: Any) -> Any:
        """The mean of the windows' losses, its gradients, and the outputs of the sequence.

        With a mask over the outputs of time steps, windows count by their steps that are not
        masked, as in the mean over the whole sequence.
        """
        windows = self._windows_of(_tensor(x))
        network = self._network_of_windows()
        cut = self._cut(x, y, weights, windows)

        def step(window: Any, counted: Any, membranes: Any, loss: Any, sums: Any, out: Any) -> Any:
            part, own, output, share, membranes = self._of_window(cut(window), membranes)
            own = [a + tf.cast(share, a.dtype) * b for a, b in zip(sums, own, strict=True)]
            loss = loss + tf.cast(part, loss.dtype) * tf.cast(share, loss.dtype)
            out = out.write(window, output)
            return window + 1, counted + share, membranes, loss, own, out

        floats = keras.config.floatx()
        start = (
            tf.constant(0),
            tf.zeros([], floats),
            self._at_rest(tf.shape(_tensor(x))[0]),
            tf.zeros([], floats),
            [tf.zeros_like(variable) for variable in self.trainable_variables],
            tf.TensorArray(network.outputs[0].dtype, windows),
        )
        _, counted, _, loss, gradients, outputs = tf.while_loop(
            lambda window, *_: window < windows,
            step,
            start,
            parallel_iterations=1,
            maximum_iterations=windows,
        )
        gradients = [_divide(gradient, counted) for gradient in gradients]
        return _divide(loss, counted), gradients, self._put_together(outputs.stack())

    def _of_window(self, data: Any, membranes: Any) -> Any:
        """Loss, gradients, outputs, the share of steps not masked, and the membranes after it."""
        x, y, weights = data
        variables = self.trainable_variables
        with tf.GradientTape() as tape:
            outputs, *membranes = self._network_of_windows()(
                [_tensor(x), *membranes], training=True
            )
            loss = self.compute_loss(x, y, outputs, weights, training=True)
            scaled = self.optimizer.scale_loss(loss)
        gradients = tape.gradient(scaled, variables, unconnected_gradients="zero")
        gradients = [tf.convert_to_tensor(gradient) for gradient in gradients]
        mask = getattr(outputs, "_keras_mask", None) if self._is_per_step() else None
        floats = keras.config.floatx()
        share = tf.ones([], floats) if mask is None else tf.reduce_mean(tf.cast(mask, floats))
        return loss, gradients, outputs, share, membranes

    def _at_rest(self, batch: Any) -> list[Any]:
        inputs = self._network_of_windows().inputs[1:]
        return [
            tf.fill([batch, *membrane.shape[1:]], tf.constant(rest, membrane.dtype))
            for membrane, rest in zip(inputs, self._rests, strict=True)
        ]

    def _put_together(self, outputs: Any) -> Any:
        """(windows, batch, ...) -> the outputs of the time steps in their order, or the mean."""
        if not self._is_per_step():
            return tf.reduce_mean(outputs, 0)
        ordered = tf.experimental.numpy.moveaxis(outputs, 0, 1)
        shape = tf.shape(ordered)
        return tf.reshape(ordered, tf.concat([shape[:1], [-1], shape[3:]], 0))

    def _is_per_step(self) -> bool:
        """Whether there is more than one window, each with outputs of its own time steps."""
        return self._network_of_windows().outputs[0].shape[1] != self.model.outputs[0].shape[1]

    def _cut(self, x: Any, y: Any, weights: Any, windows: int) -> Any:
        """A function from a window to the inputs, targets and sample weights that it sees."""
        per_step = self._is_per_step()
        weighs_steps = per_step and weights is not None and weights.shape.rank > 1
        cut_x = not takes_static_image(self.model)
        x = self._windows_first(x, windows) if cut_x else x
        y = self._windows_first(y, windows) if per_step else y
        weights = self._windows_first(weights, windows) if weighs_steps else weights

        def cut(window: Any) -> Any:
            return (
                _at(x, window) if cut_x else x,
                _at(y, window) if per_step else y,
                _at(weights, window) if weighs_steps else weights,
            )

        return cut

    def _windows_first(self, sequences: Any, windows: int) -> Any:
        """(batch, time, ...) -> (windows, batch, window, ...)."""

        def cut(x: Any) -> Any:
            x = tf.convert_to_tensor(x)
            shape = tf.concat([tf.shape(x)[:1], [windows, self.window], tf.shape(x)[2:]], 0)
            parts = tf.experimental.numpy.moveaxis(tf.reshape(x, shape), 1, 0)
            parts.set_shape([windows, x.shape[0], self.window, *x.shape[2:]])
            return parts

        return keras.tree.map_structure(cut, sequences)

    def _windows_of(self, x: Any) -> int:
        """How many windows a sequence has."""
        steps = time_steps_of(self.model, x)
        rule = "divide the number of time steps, which must be known for training"
        good = steps is not None and steps % self.window == 0
        require(good, "window", rule, window=self.window, time_steps=steps)
        assert steps is not None
        return steps // self.window

    def get_config(self) -> dict[str, Any]:
        model = keras.saving.serialize_keras_object(self.model)
        return {**super().get_config(), "model": model, "window": self.window}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "TruncatedBPTT":
        return cls(**{**config, "model": keras.saving.deserialize_keras_object(config["model"])})


def _tensor(x: Any) -> Any:
    """The one input of a network, whatever structure it comes in."""
    return keras.tree.flatten(x)[0]


def _at(sequences: Any, window: Any) -> Any:
    return keras.tree.map_structure(lambda parts: tf.gather(parts, window), sequences)


def _divide(total: Any, counted: Any) -> Any:
    """The mean; 0 where every step of the batch was masked."""
    return tf.math.divide_no_nan(total, tf.cast(counted, total.dtype))
