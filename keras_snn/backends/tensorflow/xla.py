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

from keras_snn.backends.tensorflow.traced import flat, scalar, sequence, state, trace, unflat, value
from keras_snn.functional import membrane

BITS = 16
"""Steps whose spikes are bits of one float32, so at most 24."""

FORWARD, BACKWARD = 64, 32
"""Steps that are compiled together; the forward pass has one output to put together less."""


def forward(x, v0, leak, mask, dynamics):
    """As `membrane.forward`, without a mask."""
    v, spikes = _start(x, v0, dynamics), []
    shared = _shared(x, leak, v.dtype, ())
    for first, steps in _chunks(x.shape[1], FORWARD):
        chunk, v = _forward(dynamics, steps, x.dtype, v.dtype)(tf.constant(first), *shared, v)
        spikes.append(chunk)
    return unflat(tf.concat(spikes, 1), x.shape[1:]), unflat(v, x.shape[2:])


def backward(x, v0, leak, mask, dynamics, d_spikes, d_v, *, learn_leak, affine=()):
    """As `membrane.backward`, without a mask; of x * scale + shift where `affine` is that pair."""
    starts, gradients, d_leak = [_start(x, v0, dynamics)], [], None
    d_v = tf.zeros_like(starts[0]) if d_v is None else flat(d_v, 1)
    kind, chunks = (x.dtype, d_v.dtype, len(affine)), _chunks(x.shape[1], BACKWARD)
    shared, d_spikes = _shared(x, leak, d_v.dtype, affine), flat(d_spikes, 2)
    for first, steps in chunks[:-1]:
        run = _state(dynamics, steps, *kind)
        starts.append(run(tf.constant(first), *shared, starts[-1]))
    for (first, steps), start in zip(reversed(chunks), reversed(starts), strict=True):
        run = _backward(dynamics, learn_leak, steps, *kind)
        d_x, d_v, d_rate = run(tf.constant(first), *shared, start, d_spikes, d_v)
        gradients.insert(0, d_x)
        d_leak = d_rate if d_leak is None else d_leak + d_rate
    d_v0 = None if v0 is None else unflat(d_v, x.shape[2:])
    return unflat(tf.concat(gradients, 1), x.shape[1:]), d_v0, d_leak


def _start(x, v0, dynamics):
    """The membrane at the start, flattened, also where it is at rest: a compiled function that
    makes it itself computes its first steps anew for each of up to eight.
    """
    return flat(membrane.at_rest(x, dynamics) if v0 is None else v0, 1)


def _shared(x, leak, wide, affine):
    """What all chunks are given."""
    return flat(x, 2), scalar(leak, wide), tf.ones([], wide), affine


def _chunks(time_steps, longest):
    """The first step and the number of steps of each chunk."""
    return [(first, min(longest, time_steps - first)) for first in range(0, time_steps, longest)]


def _part(sequence, first, steps):
    """Steps from `first` on, read where they are: compiled, this is no copy."""
    size = tf.shape(sequence)
    return tf.slice(sequence, [0, first, 0], [size[0], steps, size[2]])


def _currents(x, scale=None, shift=None):
    """x * scale + shift of each step, a list: of all steps at once, XLA would write it out."""
    steps = tf.unstack(x, axis=1)
    if scale is None:
        return steps
    return [tf.cast(tf.cast(step, scale.dtype) * scale + shift, x.dtype) for step in steps]


def _compile(*signature):
    return trace(*signature, jit_compile=True)


def _signature(dtype, wide, affine):
    """first, what `_shared` makes, and the membrane"""
    pair = (tf.TensorSpec((None,), wide),) * affine
    shared = sequence(None, dtype), value(wide), value(wide), pair
    return value(tf.int32), *shared, state(wide)


@functools.cache
def _forward(dynamics, steps, dtype, wide):
    """-> spikes and the last membrane; compiled for each shape once."""

    @_compile(*_signature(dtype, wide, 0))
    def run(first, x, leak, one, _, v):
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
def _state(dynamics, steps, dtype, wide, affine):
    """-> the last membrane alone."""

    @_compile(*_signature(dtype, wide, affine))
    def run(first, x, leak, one, affine, v):
        for currents in _currents(_part(x, first, steps), *affine):
            _, _, v = membrane.advance(v, (currents,), leak, dynamics)
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
    return _concat_bits(*parts) if parts[0].dtype == tf.bfloat16 else tf.concat(parts, 1)


@tf.custom_gradient
def _concat_bits(*parts):
    sizes = [part.shape[1] for part in parts]
    bits = tf.concat([tf.bitcast(part, tf.uint16) for part in parts], 1)
    return tf.bitcast(bits, tf.bfloat16), lambda d: tf.split(d, sizes, 1)


@functools.cache
def _backward(dynamics, learn_leak, steps, dtype, wide, affine):
    """-> gradients of currents, membrane and leak."""

    @_compile(*_signature(dtype, wide, affine), sequence(None, dtype), state(wide))
    def run(first, x, leak, one, affine, v, d_spikes, d_v):
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
            to_steps=lambda x: _currents(x, *affine),
            from_steps=_from_steps,
        )

    return run
