"""LIF forward and backward on TensorFlow, each a function that is traced once for all maps.

A network has many neurons and few kinds of them: what a function is traced with are numbers of
time steps and types, not the sizes of batch and maps. TensorFlow puts its operations into the graph
of the network when that first runs.
"""

import functools

import tensorflow as tf

from keras_snn.functional import membrane


def forward(x, v0, leak, mask, dynamics):
    """As `membrane.forward`, without a mask."""
    wide, given = membrane.membrane_dtype(x.dtype), states(v0=v0)
    run = _forward(dynamics, x.shape[1], x.dtype, wide, tuple(given))
    spikes, v = run(flat(x, 2), scalar(leak, wide), given)
    return unflat(spikes, x.shape[1:]), unflat(v, x.shape[2:])


def backward(x, v0, leak, mask, dynamics, d_spikes, d_v, *, learn_leak):
    """As `membrane.backward`, without a mask."""
    wide, given = membrane.membrane_dtype(x.dtype), states(v0=v0, d_v=d_v)
    run = _backward(dynamics, learn_leak, x.shape[1], x.dtype, wide, tuple(given))
    d_x, d_v0, d_leak = run(flat(x, 2), scalar(leak, wide), flat(d_spikes, 2), given)
    return unflat(d_x, x.shape[1:]), unflat(d_v0, x.shape[2:]), d_leak


def flat(x, axes):
    """Everything behind the first `axes` axes as one."""
    return tf.reshape(x, [-1, *x.shape[1:axes], x.shape[axes:].num_elements()])


def unflat(x, shape):
    """Flattened axes of x as those of a sample; None is None."""
    return None if x is None else tf.reshape(x, [-1, *shape])


def states(**values):
    """Those that are given, flattened."""
    return {name: flat(value, 1) for name, value in values.items() if value is not None}


def scalar(leak, dtype):
    """The leak as a tensor, of full precision where it is a float."""
    return tf.convert_to_tensor(leak, dtype)


def sequence(steps, dtype):
    """What `flat` makes of (batch, time, ...)."""
    return tf.TensorSpec((None, steps, None), dtype)


def state(dtype):
    """What `flat` makes of (batch, ...)."""
    return tf.TensorSpec((None, None), dtype)


def value(dtype):
    """A scalar."""
    return tf.TensorSpec((), dtype)


def trace(*signature, jit_compile=None):
    """A `tf.function` of these arguments.

    Of a partial one: TensorFlow counts the traces of one code as those of one function, and warns
    of too many.
    """

    def of(run):
        run = functools.partial(run)
        return tf.function(run, signature, autograph=False, jit_compile=jit_compile)

    return of


@functools.cache
def _forward(dynamics, steps, dtype, wide, given):
    @trace(sequence(steps, dtype), value(wide), dict.fromkeys(given, state(wide)))
    def run(x, leak, states):
        return membrane.forward(x, states.get("v0"), leak, None, dynamics)

    return run


@functools.cache
def _backward(dynamics, learn_leak, steps, dtype, wide, given):
    x = sequence(steps, dtype)

    @trace(x, value(wide), x, dict.fromkeys(given, state(wide)))
    def run(x, leak, d_spikes, states):
        v0, d_v = states.get("v0"), states.get("d_v")
        return membrane.backward(x, v0, leak, None, dynamics, d_spikes, d_v, learn_leak=learn_leak)

    return run
