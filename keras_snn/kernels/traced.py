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
    run = _forward(dynamics, x.shape[1], x.dtype, v0.dtype)
    spikes, v = run(flat(x, 2), flat(v0, 1), scalar(leak, v0))
    return tf.reshape(spikes, tf.shape(x)), tf.reshape(v, tf.shape(v0))


def backward(x, v0, leak, mask, dynamics, d_spikes, d_v, *, learn_leak):
    """As `membrane.backward`, without a mask."""
    run = _backward(dynamics, learn_leak, x.shape[1], x.dtype, v0.dtype)
    d_x, d_v0, d_leak = run(
        flat(x, 2), flat(v0, 1), scalar(leak, v0), flat(d_spikes, 2), flat(d_v, 1)
    )
    return tf.reshape(d_x, tf.shape(x)), tf.reshape(d_v0, tf.shape(v0)), d_leak


def flat(x, axes):
    """Everything behind the first `axes` axes as one."""
    return tf.reshape(x, [-1, *x.shape[1:axes], x.shape[axes:].num_elements()])


def scalar(leak, like):
    """The leak as a tensor, of full precision where it is a float."""
    return tf.convert_to_tensor(leak, like.dtype)


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


def _inputs(steps, dtype, wide):
    """x, v0, leak"""
    return sequence(steps, dtype), state(wide), value(wide)


@functools.cache
def _forward(dynamics, steps, dtype, wide):
    @trace(*_inputs(steps, dtype, wide))
    def run(x, v0, leak):
        return membrane.forward(x, v0, leak, None, dynamics)

    return run


@functools.cache
def _backward(dynamics, learn_leak, steps, dtype, wide):
    @trace(*_inputs(steps, dtype, wide), sequence(steps, dtype), state(wide))
    def run(x, v0, leak, d_spikes, d_v):
        return membrane.backward(x, v0, leak, None, dynamics, d_spikes, d_v, learn_leak=learn_leak)

    return run
