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
        network: A built `keras.Model` with one output and one input, behind which boolean inputs
            may follow as masks.
        mask: Place among these of the mask that belongs to the output, None if none does.

    Call arguments:
        inputs: What `network` takes.
        training: Only where it is True anything is computed twice.

    Input shape, Output shape:
        Those of `network`.

    Raises:
        ValueError: for anything but such a network, one with losses of its activations (they
            would be counted in neither pass), and for an input with a mask where the network has
            no boolean input for it.

    Example:
        >>> block = keras.Sequential([keras.Input((8, 34, 34, 2)), keras_snn.layers.LIF()])
        >>> spikes = keras_snn.training.Rematerialized(block)(np.ones((1, 8, 34, 34, 2)))

    Source: Chen et al., Training Deep Nets with Sublinear Memory Cost, arXiv 1604.06174.
    """

    def __init__(self, network: keras.Model, mask: int | None = None, **kwargs: Any) -> None:
        super().__init__(autocast=False, **kwargs)
        require_single("network", network, masks=True)
        active = [x.name for x in network._flatten_layers() if _has_activity_loss(x)]
        rule = "have no layer with an `activity_regularizer`"
        require(not active, "network", rule, layers=active)
        self.network = network
        self.mask = mask
        self.supports_masking = True

    def call(self, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
        alone = not isinstance(inputs, (list, tuple))
        require(not alone or mask is None, "inputs", "have no mask", layer=self.name)
        x, *masks = [inputs] if alone else inputs
        x = ops.copy(x)  # without its own mask, as the network is given all of them
        if not training:
            return self.network([x, *masks] if masks else x, training=training)
        trainable = [ops.copy(v) for v in self.network.trainable_variables]
        others = [ops.copy(v) for v in self.network.non_trainable_variables]

        def run(x: Any, *values: Any) -> Any:
            weights, states = values[: len(trainable)], values[len(trainable) :]
            given = [x, *masks] if masks else x
            y, states = self.network.stateless_call(weights, states, given, training=True)
            return (y, *states)

        outputs, *states = keras.remat(run)(x, *trainable, *others)
        for variable, value in zip(self.network.non_trainable_variables, states, strict=True):
            variable.assign(ops.stop_gradient(value))
        return outputs

    def compute_output_shape(self, input_shape: Any) -> Any:
        return self.network.compute_output_shape(input_shape)

    def compute_output_spec(
        self, inputs: Any, training: bool | None = None, mask: Any = None
    ) -> Any:
        return self.network.compute_output_spec(inputs)

    def compute_mask(self, inputs: Any, previous_mask: Any) -> Any:
        return None if self.mask is None else inputs[1 + self.mask]

    def get_config(self) -> dict[str, Any]:
        network = keras.saving.serialize_keras_object(self.network)
        return {**super().get_config(), "network": network, "mask": self.mask}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        network = keras.saving.deserialize_keras_object(config["network"])
        return cls(**{**config, "network": network})


def rematerialize(model: keras.Model) -> keras.Model:
    """The same network, trained with less memory and more time.

    The graph is cut into segments, where a single tensor and masks hold all that follows: in the
    backward pass each is computed anew from its input. Training then keeps the inputs of the
    segments and the activations of one of them at a time. The cuts are those for which this is
    least, going by shapes. Outputs, gradients and running averages are those of `model`; a training
    step takes about one forward pass more.

    The layers, and with them the weights, are shared: train what is returned, then save, export
    and look into `model`.

    Args:
        model: A functional or sequential network with one input and one output.

    Returns:
        A `keras.Model`, to be compiled.

    Raises:
        ValueError: for another model, one with losses of its activations, or one that keeps no less
            however it is cut.

    Example:
        >>> light = keras_snn.training.rematerialize(model)
        >>> light.compile("adam", "sparse_categorical_crossentropy")
        >>> history = light.fit(x, y)
        >>> model.save("trained.keras")

    Source: as `Rematerialized`.
    """
    require_single("model", model)
    *segments, last = segments_of(model)
    inputs = model.inputs[0]
    x = start = keras.Input(batch_shape=inputs.shape, dtype=inputs.dtype, name=inputs.name)
    masks: list[Any] = []
    for number, segment in enumerate(segments):
        given = [x, *masks] if masks else x
        if segment.makes_masks:  # small, as it is a segment of its own
            x, *masks = _inline(segment.network, given)
        else:
            x = Rematerialized(segment.network, segment.mask, name=f"segment{number}")(given)
    return keras.Model(start, _inline(last.network, [x, *masks]), name=model.name)


def _inline(network: keras.Model, inputs: Any) -> Any:
    """Calls the layers of a network, which become those of the graph at hand."""
    return graph_of(network)._run_through_graph(keras.tree.flatten(inputs))


def require_single(argument: str, network: Any, *, masks: bool = False) -> None:
    """Raises unless `network` is a graph of Keras layers with one input and one output.

    With `masks`, further boolean inputs are allowed.
    """
    graph = graph_of(network)
    inputs = [] if graph is None else graph.inputs
    others = [x for x in inputs[1:] if not masks or x.dtype != "bool"]
    good = len(inputs) > 0 and not others and len(graph.outputs) == 1
    rule = "be a functional or sequential model, built, with one input and one output"
    require(good, argument, rule, **{argument: getattr(network, "name", network)})


def _has_activity_loss(layer: Any) -> bool:
    return getattr(layer, "activity_regularizer", None) is not None
