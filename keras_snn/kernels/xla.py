"""LIF forward and backward on TensorFlow, each a function compiled by XLA.

Left to itself XLA computes h[t] again in every later step that depends on it, T^2 / 2 steps for
T. It does not repeat a division, so the passes divide by a number that is 1 when they run (the
*fence*; x / 1 = x exactly). The forward pass needs no fence but at its end: it gathers a neuron's
spikes as the bits of one number, and unpacks them in a second sweep.

Long sequences go through in chunks of CHUNK steps, one compiled function for all, so that time and
memory are linear in T.
"""

import functools

import tensorflow as tf

from keras_snn.functional import membrane

CHUNK = 16
"""Steps that are compiled together; their spikes are bits of a float32, so at most 24."""


def forward(x, v0, leak, mask, dynamics):
    """As `membrane.forward`, without a mask."""
    shape, steps = tf.shape(x), x.shape[1]
    x, v = _flat(x, 2), _flat(v0, 1)
    spikes = []
    for first in range(0, steps, CHUNK):
        part = x[:, first : first + CHUNK]
        chunk, v = _forward(dynamics)(part, v, _scalar(leak, v), tf.ones([], v.dtype))
        spikes.append(chunk)
    return tf.reshape(tf.concat(spikes, 1), shape), tf.reshape(v, tf.shape(v0))


def backward(x, v0, leak, mask, dynamics, d_spikes, d_v, *, learn_leak):
    """As `membrane.backward`, without a mask."""
    shape, steps = tf.shape(x), x.shape[1]
    firsts = range(0, steps, CHUNK)
    x, d_spikes, starts, d_v = _flat(x, 2), _flat(d_spikes, 2), [_flat(v0, 1)], _flat(d_v, 1)
    rate, one = _scalar(leak, d_v), tf.ones([], d_v.dtype)
    for first in firsts[:-1]:
        part = x[:, first : first + CHUNK]
        starts.append(_forward(dynamics)(part, starts[-1], rate, one)[1])
    gradients, d_leak = [], tf.zeros([], d_v.dtype)
    for first, start in zip(reversed(firsts), reversed(starts), strict=True):
        last = first + CHUNK
        d_x, d_v, d_rate = _backward(dynamics, learn_leak)(
            x[:, first:last], start, rate, d_spikes[:, first:last], d_v, one
        )
        gradients.insert(0, d_x)
        d_leak = d_leak + d_rate if learn_leak else None
    d_v0 = tf.reshape(d_v, tf.shape(v0))
    return tf.reshape(tf.concat(gradients, 1), shape), d_v0, d_leak if learn_leak else None


def _flat(x, axes):
    """Everything behind the first `axes` axes as one: XLA makes one long loop of it."""
    return tf.reshape(x, [-1, *x.shape[1:axes], x.shape[axes:].num_elements()])


def _scalar(leak, like):
    return tf.cast(leak, like.dtype)


def _compile(function):
    return tf.function(function, jit_compile=True, autograph=False)


@functools.cache
def _forward(dynamics):
    """(x, v, leak, one) -> spikes and the last membrane; compiled for each shape once."""

    @_compile
    def run(x, v, leak, one):
        bits = tf.zeros_like(v)
        for t in range(x.shape[1]):
            _, fired, v = membrane.advance(v, (x[:, t],), leak, dynamics)
            bits += tf.where(fired, tf.cast(2.0**t, v.dtype), tf.zeros([], v.dtype))
        return _unpack(bits / one, x.shape[1], x.dtype), v / one

    return run


def _unpack(bits, steps, dtype):
    """(batch, n) -> (batch, steps, n), the binary digits as numbers."""
    places = tf.reshape(tf.range(steps), [1, steps, 1])
    digits = tf.bitwise.right_shift(tf.cast(bits, tf.int32)[:, None], places)
    return tf.cast(tf.bitwise.bitwise_and(digits, 1), dtype)


@functools.cache
def _backward(dynamics, learn_leak):
    """(x, v, leak, d_spikes, d_v, one) -> gradients of x, v and leak."""

    @_compile
    def run(x, v, leak, d_spikes, d_v, one):
        return membrane.backward(
            x,
            v,
            leak,
            None,
            dynamics,
            d_spikes,
            d_v,
            learn_leak=learn_leak,
            fence=lambda value: value / one,
        )

    return run
