"""Outputs, gradients and statistics of a layer, on whatever backend runs."""

import math

import keras
import numpy as np


def derivatives(layer, inputs, cotangents=None, **call):
    """Everything that one step of training takes from a layer, as NumPy arrays.

    Args:
        layer: A layer or a model; it is built by this call unless it is built.
        inputs: The input, or a list of inputs.
        cotangents: One for each output, or None for an output that does not count: gradients are
            those of the sum of output * cotangent. By default each is output + cos(0, 1, 2, ...).
        call: Further arguments of the call.

    Returns:
        A dictionary: "outputs", "inputs" (gradients), "weights" (gradients), "after" (what the
        call leaves in weights that are not trained), each a list of arrays.
    """
    run = {"torch": _on_torch, "jax": _on_jax, "tensorflow": _on_tensorflow}
    arrays = inputs if isinstance(inputs, list) else [inputs]
    found = run[keras.backend.backend()](layer, arrays, cotangents, call)
    names = ("outputs", "inputs", "weights", "after")
    return {
        name: [np.asarray(keras.ops.convert_to_numpy(v), "float64") for v in values]
        for name, values in zip(names, found, strict=True)
    }


def _parts(outputs):
    return list(outputs) if isinstance(outputs, (tuple, list)) else [outputs]


def _one_or_all(inputs):
    return inputs[0] if len(inputs) == 1 else inputs


def _loss(outputs, cotangents):
    weights = cotangents or [y + _waves(y) for y in outputs]
    pairs = zip(outputs, weights, strict=True)
    return sum(keras.ops.sum(y * w) for y, w in pairs if w is not None)


def _waves(y):
    waves = np.cos(np.arange(math.prod(y.shape))).reshape(y.shape)
    return keras.ops.convert_to_tensor(waves, dtype=y.dtype)


def _on_tensorflow(layer, arrays, cotangents, call):
    import tensorflow as tf

    inputs = [tf.cast(x, layer.compute_dtype) for x in arrays]
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        outputs = _parts(layer(_one_or_all(inputs), **call))
        loss = _loss(outputs, cotangents)
    sources = [*inputs, *(v.value for v in layer.trainable_variables)]
    gradients = tape.gradient(loss, sources, unconnected_gradients="zero")
    n = len(inputs)
    return outputs, gradients[:n], gradients[n:], _after(layer)


def _on_torch(layer, arrays, cotangents, call):
    import torch

    dtype = getattr(torch, layer.compute_dtype)
    inputs = [torch.from_numpy(x).to(dtype).requires_grad_() for x in arrays]
    cotangents = [w if w is None else torch.from_numpy(w) for w in cotangents or ()]
    outputs = _parts(layer(_one_or_all(inputs), **call))
    sources = [*inputs, *(v.value for v in layer.trainable_variables)]
    found = torch.autograd.grad(_loss(outputs, cotangents), sources, allow_unused=True)
    pairs = zip(found, sources, strict=True)
    gradients = [torch.zeros_like(x) if g is None else g for g, x in pairs]
    n = len(inputs)
    return outputs, gradients[:n], gradients[n:], _after(layer)


def _on_jax(layer, arrays, cotangents, call):
    import jax

    inputs = [keras.ops.cast(x, layer.compute_dtype) for x in arrays]
    if not layer.built:
        layer(_one_or_all(inputs), **call)
    others = [v.value for v in layer.non_trainable_variables]

    def loss(inputs, weights):
        found, after = layer.stateless_call(weights, others, _one_or_all(inputs), **call)
        return _loss(_parts(found), cotangents), (_parts(found), after)

    weights = [v.value for v in layer.trainable_variables]
    differentiate = jax.jit(jax.grad(loss, (0, 1), has_aux=True))
    gradients, (outputs, after) = differentiate(inputs, weights)
    names = [v.name for v in layer.non_trainable_variables]
    return outputs, *gradients, [a for a, name in zip(after, names, strict=True) if _counts(name)]


def _after(layer):
    return [v.value for v in layer.non_trainable_variables if _counts(v.name)]


def _counts(name):
    return name != "seed_generator_state"
