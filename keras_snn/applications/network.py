"""From a plan to a Keras model: input, body, head, weights."""

from collections.abc import Callable
from typing import Any

import keras

from keras_snn.applications import blocks, weights
from keras_snn.applications.plan import Plan

Part = Callable[[Any, Plan], Any]


def assemble(plan: Plan, body: Part, head: Part) -> keras.Model:
    """The network of a plan, as a functional model.

    Args:
        plan: The checked arguments.
        body: (inputs, plan) -> features (batch, time, height, width, channels).
        head: (features, plan) -> class scores.
    """
    tensor = _inputs(plan)
    features = body(tensor, plan)
    outputs = head(features, plan) if plan.include_top else _pooled(features, plan)
    sources = keras.utils.get_source_inputs(tensor)  # of an `input_tensor` behind other layers
    inputs = sources[0] if len(sources) == 1 else sources
    model = keras.Model(inputs, outputs, name=plan.name)
    if plan.weights is not None:
        weights.load(model, plan, lambda other: assemble(other, body, head))
    return model


def _inputs(plan: Plan) -> Any:
    if plan.input_tensor is None:
        return keras.Input(plan.shape)
    if keras.backend.is_keras_tensor(plan.input_tensor):
        return plan.input_tensor
    return keras.Input(tensor=plan.input_tensor, shape=plan.shape)


def _pooled(features: Any, plan: Plan) -> Any:
    """Without top: the features, or a vector a sample."""
    if plan.pooling is None:
        return features
    layers = {"avg": keras.layers.GlobalAveragePooling2D, "max": keras.layers.GlobalMaxPooling2D}
    layer = layers[plan.pooling](name=f"{plan.pooling}_pool")
    return blocks.mean_over_time(blocks.per_step(layer, features), plan)
