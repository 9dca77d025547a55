"""What a normalised tensor was computed from, noted on the tensor itself.

Between the passes batch normalisation keeps its input x, and LIF behind it keeps its own, which is
x * scale + shift. LIF's backward pass computes it from x again, so that only x is kept.
"""

from typing import Any, NamedTuple

import tensorflow as tf

from keras_snn.backends.tensorflow import xla
from keras_snn.functional import batch_normalization

ATTRIBUTE = "_keras_snn_origin"


class Origin(NamedTuple):
    """The input of a batch normalisation, its statistics (the unbiased variance), its weights."""

    x: Any
    mean: Any
    variance: Any
    gamma: Any
    beta: Any
    epsilon: float

    def affine(self):
        """scale and shift of each neuron of a map, (n,)."""
        channels, n = self.x.shape[-1], self.x.shape[2:].num_elements()
        count = tf.cast(tf.size(self.x) // channels, self.variance.dtype)
        biased = self.variance * ((count - 1) / count)
        pair = batch_normalization.affine(self.mean, biased, self.gamma, self.beta, self.epsilon)
        return tuple(tf.tile(values, [n // channels]) for values in pair)


def note(y, origin):
    """y, which now tells its origin."""
    setattr(y, ATTRIBUTE, origin)
    return y


def noted(y):
    """The origin of y; None where there is none, or not in the graph that is being built."""
    if tf.executing_eagerly() or getattr(y, "graph", None) is not tf.compat.v1.get_default_graph():
        return None
    return getattr(y, ATTRIBUTE, None)


def backward(origin, x, v0, leak, mask, dynamics, d_spikes, d_v, *, learn_leak):
    """As `xla.backward`, from the origin of x. Its own gradient is the one from x."""
    given = {"x": x, "v0": v0, "leak": leak, "d_spikes": d_spikes, "d_v": d_v}
    tensors = {name: value for name, value in given.items() if tf.is_tensor(value)}

    def gradients(values, **instead):
        now = {**given, **dict(zip(tensors, values, strict=True)), **instead}
        found = xla.backward(mask=mask, dynamics=dynamics, learn_leak=learn_leak, **now)
        return [gradient for gradient in found if gradient is not None]

    @tf.custom_gradient
    def run(*values):
        def second(*upstream):
            with tf.GradientTape() as tape:
                tape.watch(values)
                found = gradients(values)
            return tape.gradient(found, values, upstream)

        return gradients(values, x=origin.x, affine=origin.affine()), second

    found = iter(run(*tensors.values()))
    asked = True, v0 is not None, learn_leak
    return tuple(next(found) if wanted else None for wanted in asked)
