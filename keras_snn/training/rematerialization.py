"""Networks whose backward pass computes activations anew instead of keeping them."""

from typing import Any

import keras
from keras import ops

from keras_snn.graphs.calls import graph_of
from keras_snn.graphs.segments import segments_of
from keras_snn.validation import require


@keras.saving.register_keras_serializable(package="keras_snn")
class Rematerialized(keras.layers.Layer):
    """A network as a layer of which training keeps only the input and the output.

    The backward pass runs the forward pass once more, with the same weights, the same random
    numbers and the same batch statistics, so that outputs and gradients are those of the network.
    Running averages and random states move on once a step, as without this layer.

    Args:
        network: A built `keras.Model` with one input and one output.

    Call arguments:
        inputs: What `network` takes.
        training: Only where it is True anything is computed twice.

    Input shape, Output shape:
        Those of `network`.

    Raises:
        ValueError: for anything but such a network, one with losses of its activations (they
            would be counted in neither pass), and for an input with a mask.

    Example:
        >>> block = keras.Sequential([keras.Input((8, 34, 34, 2)), keras_snn.layers.LIF()])
        >>> spikes = keras_snn.training.Rematerialized(block)(np.ones((1, 8, 34, 34, 2)))

    Source: Chen et al., Training Deep Nets with Sublinear Memory Cost, arXiv 1604.06174.
    """

    def __init__(self, network, **kwargs):
        super().__init__(autocast=False, **kwargs)
        require_single("network", network)
        active = [x.name for x in network._flatten_layers() if _has_activity_loss(x)]
        rule = "have no layer with an `activity_regularizer`"
        require(not active, "network", rule, layers=active)
        self.network = network
        self.supports_masking = True

    def call(self, inputs, training=None, mask=None):
        require(mask is None, "inputs", "have no mask", layer=self.name)
        if not training:
            return self.network(inputs, training=training)
        trainable = [ops.copy(v) for v in self.network.trainable_variables]
        others = [ops.copy(v) for v in self.network.non_trainable_variables]

        def run(x, *values):
            weights, states = values[: len(trainable)], values[len(trainable) :]
            y, states = self.network.stateless_call(weights, states, x, training=True)
            return (y, *states)

        outputs, *states = keras.remat(run)(inputs, *trainable, *others)
        for variable, value in zip(self.network.non_trainable_variables, states, strict=True):
            variable.assign(ops.stop_gradient(value))
        return outputs

    def compute_output_shape(self, input_shape):
        return self.network.compute_output_shape(input_shape)

    def compute_output_spec(self, inputs, training=None, mask=None):
        return self.network.compute_output_spec(inputs)

    def get_config(self):
        network = keras.saving.serialize_keras_object(self.network)
        return {**super().get_config(), "network": network}

    @classmethod
    def from_config(cls, config):
        network = keras.saving.deserialize_keras_object(config["network"])
        return cls(**{**config, "network": network})


def rematerialize(model: keras.Model) -> keras.Model:
    """The same network, trained with less memory and more time.

    The graph is cut, where a single tensor holds all that follows, into segments: in the backward
    pass each is computed anew from its input. Training then keeps the inputs of the segments and
    the activations of one of them at a time. The cuts are those for which this is least, going by
    shapes. Outputs, gradients and running averages are those of `model`; a training step takes
    about one forward pass more.

    The layers, and with them the weights, are shared: train what is returned, then save, export
    and look into `model`.

    Args:
        model: A functional or sequential network with one input and one output.

    Returns:
        A `keras.Model`, to be compiled.

    Raises:
        ValueError: for another model, or one with losses of its activations.

    Example:
        >>> model = keras_snn.applications.SMAVGG8()
        >>> light = keras_snn.training.rematerialize(model)
        >>> light.compile("adam", "sparse_categorical_crossentropy")
        >>> light.fit(dataset)
        >>> model.save("trained.keras")

    Source: as `Rematerialized`.
    """
    require_single("model", model)
    *segments, last = segments_of(model)
    inputs = model.inputs[0]
    x = start = keras.Input(batch_shape=inputs.shape, dtype=inputs.dtype, name=inputs.name)
    for number, segment in enumerate(segments):
        x = Rematerialized(segment, name=f"segment{number}")(x)
    return keras.Model(start, last(x), name=model.name)


def require_single(argument: str, network: Any) -> None:
    """Raises unless `network` is a graph of Keras layers with one input and one output."""
    graph = graph_of(network)
    good = graph is not None and len(graph.inputs) == len(graph.outputs) == 1
    rule = "be a functional or sequential model, built, with one input and one output"
    require(good, argument, rule, **{argument: getattr(network, "name", network)})


def _has_activity_loss(layer: Any) -> bool:
    return getattr(layer, "activity_regularizer", None) is not None
