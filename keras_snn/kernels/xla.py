"""LIF forward and backward on TensorFlow, each a function compiled by XLA.

Left to itself XLA computes h[t] again in every later step that depends on it, T^2 / 2 steps for
T. It does not repeat a division, so the passes divide by a number that is 1 when they run (the
*fence*; x / 1 = x exactly). The forward pass needs a fence every BITS steps only: it gathers the
spikes of a neuron over these as the bits of one number, and unpacks them in a second sweep.

Long sequences go through in chunks, so that time and memory are linear in T. The functions are
given the whole sequence and the first step of their chunk: compiled, to read a part is no copy.
"""

import functools

import tensorflow as tf

from keras_snn.functional import membrane
from keras_snn.kernels.traced import flat, scalar, sequence, state, trace, value

BITS = 16
"""Steps whose spikes are bits of one float32, so at most 24."""

FORWARD, BACKWARD = 64, 32
"""Steps that are compiled together; the forward pass has one output to put together less."""


def forward(x, v0, leak, mask, dynamics):
    """As `membrane.forward`, without a mask."""
    shape, time_steps = tf.shape(x), x.shape[1]
    x, v = flat(x, 2), flat(v0, 1)
    rate, one, spikes = scalar(leak, v), tf.ones([], v.dtype), []
    for first, steps in _chunks(time_steps, FORWARD):
        chunk, v = _forward(dynamics, steps, x.dtype, v.dtype)(x, tf.constant(first), v, rate, one)
        spikes.append(chunk)
    return tf.reshape(tf.concat(spikes, 1), shape), tf.reshape(v, tf.shape(v0))


def backward(x, v0, leak, mask, dynamics, d_spikes, d_v, *, learn_leak):
    """As `membrane.backward`, without a mask."""
    shape, chunks = tf.shape(x), _chunks(x.shape[1], BACKWARD)
    x, d_spikes, starts, d_v = flat(x, 2), flat(d_spikes, 2), [flat(v0, 1)], flat(d_v, 1)
    rate, one, dtypes = scalar(leak, d_v), tf.ones([], d_v.dtype), (x.dtype, d_v.dtype)
    for first, steps in chunks[:-1]:
        advance = _state(dynamics, steps, *dtypes)
        starts.append(advance(x, tf.constant(first), starts[-1], rate, one))
    gradients, d_leak = [], tf.zeros([], d_v.dtype)
    for (first, steps), start in zip(reversed(chunks), reversed(starts), strict=True):
        d_x, d_v, d_rate = _backward(dynamics, learn_leak, steps, *dtypes)(
            x, tf.constant(first), start, rate, one, d_spikes, d_v
        )
        gradients.insert(0, d_x)
        d_leak = d_leak + d_rate if learn_leak else None
    d_v0 = tf.reshape(d_v, tf.shape(v0))
    return tf.reshape(tf.concat(gradients, 1), shape), d_v0, d_leak if learn_leak else None


def _chunks(time_steps, longest):
    """The first step and the number of steps of each chunk."""
    return [(first, min(longest, time_steps - first)) for first in range(0, time_steps, longest)]


def _part(sequence, first, steps):
    """Steps from `first` on, read where they are: compiled, this is no copy."""
    size = tf.shape(sequence)
    return tf.slice(sequence, [0, first, 0], [size[0], steps, size[2]])


def _compile(*signature):
    return trace(*signature, jit_compile=True)


def _inputs(dtype, wide):
    """x, first, v, leak, one"""
    return sequence(None, dtype), value(tf.int32), state(wide), value(wide), value(wide)


@functools.cache
def _forward(dynamics, steps, dtype, wide):
    """(x, first, v, leak, one) -> spikes and the last membrane; compiled for each shape once."""

    @_compile(*_inputs(dtype, wide))
    def run(x, first, v, leak, one):
        x, spikes = _part(x, first, steps), []
        for start in range(0, steps, BITS):
            part, bits = x[:, start : start + BITS], tf.zeros_like(v)
            for t in range(part.shape[1]):
                _, fired, v = membrane.advance(v, (part[:, t],), leak, dynamics)
                bits += tf.where(fired, tf.cast(2.0**t, v.dtype), tf.zeros([], v.dtype))
            spikes.append(_unpack(bits / one, part.shape[1], x.dtype))
            v = v / one
        return _concat(spikes), v

    return run


@functools.cache
def _state(dynamics, steps, dtype, wide):
    """(x, first, v, leak, one) -> the last membrane alone."""

    @_compile(*_inputs(dtype, wide))
    def run(x, first, v, leak, one):
        x = _part(x, first, steps)
        for t in range(steps):
            _, _, v = membrane.advance(v, (x[:, t],), leak, dynamics)
        return v / one

    return run


def _unpack(bits, steps, dtype):
    """(batch, n) -> (batch, steps, n), the binary digits as numbers."""
    places = tf.reshape(tf.range(steps), [1, steps, 1])
    digits = tf.bitwise.right_shift(tf.cast(bits, tf.int32)[:, None], places)
    return tf.cast(tf.bitwise.bitwise_and(digits, 1), dtype)


def _from_steps(steps, dtype):
    """As `time.from_steps`."""
    return _concat([tf.cast(step, dtype)[:, None] for step in steps])


def _concat(parts):
    """Along time; bfloat16 as the integers of its bits, or XLA would widen it, and narrow all."""
    if parts[0].dtype != tf.bfloat16:
        return tf.concat(parts, 1)
    return tf.bitcast(tf.concat([tf.bitcast(part, tf.uint16) for part in parts], 1), tf.bfloat16)


@functools.cache
def _backward(dynamics, learn_leak, steps, dtype, wide):
    """(x, first, v, leak, one, d_spikes, d_v) -> gradients of x, v and leak."""

    @_compile(*_inputs(dtype, wide), sequence(None, dtype), state(wide))
    def run(x, first, v, leak, one, d_spikes, d_v):
        return membrane.backward(
            _part(x, first, steps),
            v,
            leak,
            None,
            dynamics,
            _part(d_spikes, first, steps),
            d_v,
            learn_leak=learn_leak,
            fence=lambda value: value / one,
            from_steps=_from_steps,
        )

    return run
