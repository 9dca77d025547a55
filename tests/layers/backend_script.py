"""Run in a process of another backend: `python -m tests.layers.backend_script FILE.npz`.

Writes the outputs of layers in float64, and their gradients.
"""

import sys
from unittest import mock

import keras
import numpy as np

from keras_snn import layers
from keras_snn.backends.fourier_convolution import steps

SHAPE, VECTORS, LARGE = (2, 4, 6, 5, 8), (2, 6, 8), (2, 4, 8, 8, 16)
FSTA = {
    "one convolution": {},
    "two convolutions": {"reduction": 3},
    "some filters": {"frequencies": [0, 3, 4], "reduction": 2},
}
CONSTANTS = {"tau": 1.8, "v_threshold": 0.4, "return_state": True}
NEURONS = {
    "LIF": lambda **k: layers.LIF(learn_tau=True, **CONSTANTS, **k),
    "LeakyIntegrator": lambda **k: layers.LeakyIntegrator(
        1.8, learn_tau=True, tau_shape="channel", return_state=True, **k
    ),
    "Synaptic": lambda **k: layers.Synaptic(
        tau_synapse=3.0, v_reset=None, detach_reset=False, **CONSTANTS, **k
    ),
    "AdaptiveLIF": lambda **k: layers.AdaptiveLIF(
        beta=0.7, tau_adaptation=4.0, detach_reset=False, **CONSTANTS, **k
    ),
    "RecurrentLIF": lambda **k: layers.RecurrentLIF(8, learn_tau=True, **CONSTANTS, **k),
}
BLOCKS = steps.Spectra.blocks
SPECTRA = "convolutions in spectra"
NAMES = (*FSTA, *NEURONS, SPECTRA)


def shape_of(name: str) -> tuple[int, ...]:
    if name == SPECTRA:
        return LARGE
    return VECTORS if name in NEURONS else SHAPE


def layer(name: str, dtype: str) -> keras.layers.Layer:
    """The layer with weights that do not depend on the backend."""
    rng = np.random.default_rng(0)
    if name == SPECTRA:
        found = layers.SMA((1, 3, 5, 7), time_reduction=2, dtype=dtype)
    elif name in NEURONS:
        found = NEURONS[name](dtype=dtype)
    else:
        found = layers.FSTA(3, dtype=dtype, **FSTA[name])
    found.build(shape_of(name))
    found.set_weights([rng.uniform(-0.3, 0.5, weight.shape) for weight in found.weights])
    for variance in (v for v in found.non_trainable_variables if v.name == "moving_variance"):
        variance.assign(rng.uniform(0.5, 1.5, variance.shape))
    return found


def derivatives(name: str, dtype: str) -> list[np.ndarray]:
    """The outputs, and the gradients of input and weights of the sum of their squares."""
    x = np.random.default_rng(1).normal(size=shape_of(name))
    run = {"torch": on_torch, "jax": on_jax, "tensorflow": on_tensorflow}[keras.backend.backend()]
    return [np.asarray(value, "float64") for value in run(layer(name, dtype), x, masked(name))]


def masked(name: str) -> dict[str, np.ndarray]:
    """Neurons skip the third step of one sample and the last two of the other."""
    mask = np.array([[True, True, False, True, True, True], [True] * 4 + [False] * 2])
    return {"mask": mask} if name in NEURONS else {}


def blocks_of_spectra() -> int:
    """How many blocks of spectra the layer of that name computes, forward and backward."""
    with mock.patch.object(steps.Spectra, "blocks", autospec=True, side_effect=BLOCKS) as counted:
        derivatives(SPECTRA, "float32")
    return counted.call_count


def parts(outputs):
    return list(outputs) if isinstance(outputs, (tuple, list)) else [outputs]


def on_tensorflow(layer, x, mask):
    import tensorflow as tf

    x = tf.cast(x, layer.compute_dtype)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = parts(layer(x, **mask))
        loss = tf.add_n([tf.reduce_sum(part**2) for part in y])
    return [*y, *tape.gradient(loss, [x, *(v.value for v in layer.trainable_variables)])]


def on_torch(layer, x, mask):
    import torch

    x = torch.from_numpy(x).to(getattr(torch, layer.compute_dtype)).requires_grad_()
    y = parts(layer(x, **mask))
    sum((part**2).sum() for part in y).backward()
    values = [*y, x.grad, *(v.value.grad for v in layer.trainable_variables)]
    return [value.detach().double().numpy() for value in values]


def on_jax(layer, x, mask):
    import jax

    def loss(x, weights):
        y, _ = layer.stateless_call(weights, layer.non_trainable_variables, x, **mask)
        return sum((part**2).sum() for part in parts(y)), parts(y)

    weights = [v.value for v in layer.trainable_variables]
    x = keras.ops.cast(x, layer.compute_dtype)
    (d_x, d_weights), y = jax.grad(loss, (0, 1), has_aux=True)(x, weights)
    return [*y, d_x, *d_weights]


if __name__ == "__main__":
    for dtype in ("float16", "bfloat16"):
        for name in FSTA:
            derivatives(name, f"mixed_{dtype}")
    found = {f"{name}{i}": v for name in NAMES for i, v in enumerate(derivatives(name, "float64"))}
    np.savez(sys.argv[1], **found, blocks=blocks_of_spectra())
