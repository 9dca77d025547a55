"""Run in a process of another backend: `python -m tests.layers.backend_script FILE.npz`.

Writes the outputs of the attention layers in float64 and, on PyTorch, their gradients.
"""

import sys

import keras
import numpy as np

from keras_snn import layers

SHAPE = (2, 4, 6, 5, 8)
FSTA = {
    "one convolution": {},
    "two convolutions": {"reduction": 3},
    "some filters": {"frequencies": [0, 3, 4], "reduction": 2},
}


def layer(name: str, dtype: str) -> keras.layers.Layer:
    """FSTA with weights that do not depend on the backend."""
    rng = np.random.default_rng(0)
    found = layers.FSTA(3, dtype=dtype, **FSTA[name])
    found.build(SHAPE)
    found.set_weights([rng.uniform(-0.3, 0.5, weight.shape) for weight in found.weights])
    return found


def derivatives(name: str, dtype: str) -> list[np.ndarray]:
    """The output, and the gradients of input and weights of the sum of its squares."""
    x = np.random.default_rng(1).normal(size=SHAPE)
    run = on_torch if keras.backend.backend() == "torch" else on_tensorflow
    return [np.asarray(value, "float64") for value in run(layer(name, dtype), x)]


def on_tensorflow(layer, x):
    import tensorflow as tf

    x = tf.cast(x, layer.compute_dtype)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = layer(x)
        loss = tf.reduce_sum(y**2)
    return [y, *tape.gradient(loss, [x, *(v.value for v in layer.trainable_variables)])]


def on_torch(layer, x):
    import torch

    x = torch.from_numpy(x).to(getattr(torch, layer.compute_dtype)).requires_grad_()
    y = layer(x)
    (y**2).sum().backward()
    values = [y, x.grad, *(v.value.grad for v in layer.trainable_variables)]
    return [value.detach().double().numpy() for value in values]


if __name__ == "__main__":
    for dtype in ("float16", "bfloat16"):
        for name in FSTA:
            derivatives(name, f"mixed_{dtype}")
    found = {f"{name}{i}": v for name in FSTA for i, v in enumerate(derivatives(name, "float64"))}
    np.savez(sys.argv[1], **found)
