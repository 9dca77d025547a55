"""FSTA's statistics of x and its product with the gate, whose gradient goes once over x.

    d_x = d_output * gate + d_summed + (share of d_maximum where x is largest)

The first term belongs to the product, the others to the statistics, with the layer's small
arithmetic between them. To be added in one compiled pass they must meet: the product hands
d_output back as it is, and the gate as the gradient of the *relay*, zeros that stand for it among
the statistics' outputs. Nothing else may take the x that the statistics hand on.
"""

import functools

import tensorflow as tf

from keras_snn.backends.tensorflow.exporting import is_traced_for_elsewhere
from keras_snn.backends.tensorflow.traced import trace
from keras_snn.functional import attention

LARGE = 16384
"""Elements of a sample from which a compiled pass gains more than it costs."""


def measured(x):
    """As `attention.measured`, with a compiled gradient for large maps."""
    size = x.shape[1:]
    if not size.is_fully_defined() or size.num_elements() < LARGE or is_traced_for_elsewhere():
        return attention.measured(x)
    carried, relay, summed, maximum = _statistics(x)
    return summed, maximum, lambda gate: _product(x)(carried, relay, gate)


@tf.custom_gradient
def _statistics(x):
    """x, the relay, and the two statistics."""
    maximum = tf.reduce_max(x, attention.SPACE, keepdims=True)

    def gradient(d_output, gate, d_summed, d_maximum):
        _, share = attention.shares(x, maximum, d_maximum)
        return _gradient(x.dtype)(x, d_output, gate, d_summed[..., None], maximum, share)

    relay = tf.zeros_like(x[..., :1])
    return (x, relay, attention.channel_sum(x), maximum[:, :, 0, 0]), gradient


def _product(x):
    """(carried, relay, gate) -> carried * gate, for the x that is carried."""

    @tf.custom_gradient
    def run(carried, relay, gate):
        def gradient(d_output):
            return d_output, gate, tf.reduce_sum(x * d_output, -1, keepdims=True)

        return carried * gate, gradient

    return run


@functools.cache
def _gradient(dtype):
    """(x, d_output, gate, d_summed, maximum, share) -> d_x, compiled for each shape once."""

    @trace(*[tf.TensorSpec([None] * 5, dtype)] * 6, jit_compile=True)
    def run(x, d_output, gate, d_summed, maximum, share):
        return d_output * gate + d_summed + tf.where(tf.equal(x, maximum), share, 0)

    return run
