"""LIF forward and backward on TensorFlow, each a function compiled by XLA.

Without help, XLA recomputes h[t] in every later step that depends on it, which makes the cost
quadratic in T. It does not repeat a division, so the passes divide by a number that is 1 when they
run (an *optimization barrier*; x / 1 = x exactly). The forward pass needs a barrier every
STEPS_PER_WORD steps only: it gathers the spikes of a neuron over these as the bits of one number,
and unpacks them in a second sweep.

Long sequences go through in chunks of one length, so that time and memory are linear in T and one
compilation serves all chunks. The membranes at the start of the chunks are kept for the backward
pass.
"""

import functools

import tensorflow as tf

from keras_snn.backends.tensorflow.traced import flat, scalar, sequence, state, trace, unflat, value
from keras_snn.functional import membrane

STEPS_PER_WORD = 16
"""Steps whose spikes are bits of one float32: with a count of these steps above them, at most 20
bits, of the 24 that a float32 holds exactly."""

WHOLE, CHUNK = 32, range(20, 7, -1)
"""The longest sequence that is compiled as a whole, and the lengths of chunks of longer ones, the
best first: compiling takes longer than linearly in the steps."""


def steps_of_chunks(time_steps: int) -> int | None:
    """The length of equal chunks; None where no length of CHUNK divides `time_steps`."""
    if time_steps <= WHOLE:
        return time_steps
    return next((steps for steps in CHUNK if time_steps % steps == 0), None)


def forward(x, v0, leak, mask, dynamics):
    """As `membrane.forward`, without a mask."""
    v = _start(x, v0, dynamics)
    run = _forward(dynamics, steps_of_chunks(x.shape[1]), x.dtype, v.dtype)
    shared, spikes = (scalar(leak, v.dtype), tf.ones([], v.dtype)), []
    for chunk in _chunks(x):
        chunk, v = run(chunk, *shared, v)
        spikes.append(chunk)
    return unflat(tf.concat(spikes, 1), x.shape[1:]), unflat(v, x.shape[2:])


def backward(x, v0, leak, mask, dynamics, d_spikes, d_v, *, learn_leak):
    """As `membrane.backward`, without a mask."""
    starts, gradients, d_leak = [_start(x, v0, dynamics)], [], None
    d_v = tf.zeros_like(starts[0]) if d_v is None else flat(d_v, 1)
    steps, kind, chunks = steps_of_chunks(x.shape[1]), (x.dtype, d_v.dtype), _chunks(x)
    shared = scalar(leak, d_v.dtype), tf.ones([], d_v.dtype)
    for chunk in chunks[:-1]:
        starts.append(_forward(dynamics, steps, *kind)(chunk, *shared, starts[-1])[1])
    run = _backward(dynamics, learn_leak, steps, *kind)
    for chunk, start, d in zip(chunks[::-1], starts[::-1], _chunks(d_spikes)[::-1], strict=True):
        d_x, d_v, d_rate = run(chunk, *shared, start, d, d_v)
        gradients.insert(0, d_x)
        d_leak = d_rate if d_leak is None else d_leak + d_rate
    d_v0 = None if v0 is None else unflat(d_v, x.shape[2:])
    return unflat(tf.concat(gradients, 1), x.shape[1:]), d_v0, d_leak


def _start(x, v0, dynamics):
    """The membrane at the start, flattened, also where it is at rest: a compiled function that
    makes it itself computes its first steps anew for each of up to eight.
    """
    return flat(membrane.at_rest(x, dynamics) if v0 is None else v0, 1)


def _chunks(x):
    """The chunks of a sequence, flattened."""
    steps = steps_of_chunks(x.shape[1])
    return tf.split(flat(x, 2), x.shape[1] // steps, axis=1)


def _compile(*signature):
    return trace(*signature, jit_compile=True)


def _signature(steps, dtype, wide):
    """The chunk, the leak, the one of the barrier, and the membrane."""
    return sequence(steps, dtype), value(wide), value(wide), state(wide)


@functools.cache
def _forward(dynamics, steps, dtype, wide):
    """-> spikes and the last membrane; compiled for each shape once."""

    @_compile(*_signature(steps, dtype, wide))
    def run(x, leak, one, v):
        spikes = []
        for start in range(0, steps, STEPS_PER_WORD):
            part, word = x[:, start : start + STEPS_PER_WORD], tf.zeros_like(v)
            for t in range(part.shape[1]):
                h, fired, v = membrane.advance(v, (part[:, t],), leak, dynamics)
                word += _bit(h, fired, t)
            spikes.append(_unpack(word / one, part.shape[1], x.dtype))
            v = v / one
        return _concat(spikes), v

    return run


NAN_STEP = 2.0**STEPS_PER_WORD
"""What a step adds to the word where the membrane is NaN, which it stays."""


def _bit(h, fired, t):
    spike = tf.where(fired, tf.cast(2.0**t, h.dtype), tf.zeros([], h.dtype))
    return tf.where(tf.math.is_nan(h), tf.cast(NAN_STEP, h.dtype), spike)


def _unpack(word, steps, dtype):
    """(batch, n) -> (batch, steps, n), the binary digits as numbers; NaN in the last steps, of
    which the upper digits are the number.
    """
    places = tf.reshape(tf.range(steps), [1, steps, 1])
    word = tf.cast(word, tf.int32)[:, None]
    digits = tf.bitwise.bitwise_and(tf.bitwise.right_shift(word, places), 1)
    valid = steps - tf.bitwise.right_shift(word, STEPS_PER_WORD)
    return tf.where(places < valid, tf.cast(digits, dtype), tf.cast(float("nan"), dtype))


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
def _backward(dynamics, learn_leak, steps, dtype, wide):
    """-> gradients of currents, membrane and leak."""

    @_compile(*_signature(steps, dtype, wide), sequence(steps, dtype), state(wide))
    def run(x, leak, one, v, d_spikes, d_v):
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
            to_steps=lambda x: tf.unstack(x, axis=1),
            from_steps=_from_steps,
        )

    return run
