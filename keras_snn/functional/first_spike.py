"""The time of the first spike, with an exact derivative.

    t1 = sum over t of m[t] * product over u <= t of (1 - m[u] s[u])

s[t] are spikes, 0 or 1, and m[t] is 1 where the time step counts, otherwise 0. t1 is the number of
steps before the first spike; of a neuron that stays silent it is the number of all steps. Its
derivative by s[u] is the change of t1 that one spike makes when it is added at u, or, with the
opposite sign, when it is removed from u. So silent neurons have a gradient too.
"""

from typing import Any

from keras import ops


def first_spike_time(spikes: Any, kept: Any) -> Any:
    """Counts the time steps before the first spike.

    Args:
        spikes: (batch, time, classes); every value greater than 0 is a spike.
        kept: (batch, time), m.

    Returns:
        t1, (batch, classes), of the spikes' dtype.
    """
    m = ops.broadcast_to(ops.expand_dims(kept, -1), ops.shape(spikes))

    @ops.custom_gradient
    def run(spikes: Any) -> Any:
        s = ops.cast(spikes > 0, spikes.dtype) * m
        fired = ops.cumsum(s, axis=1)  # spikes up to and including t

        def gradient(*args: Any, upstream: Any = None) -> Any:
            upstream = args[0] if upstream is None else upstream
            return ops.expand_dims(upstream, 1) * _derivative(s, fired, m)

        steps = m * _where_equal(fired, 0)
        unknown = ops.logical_and(ops.isnan(spikes), m > 0)
        return ops.sum(ops.where(unknown, spikes, steps), axis=1), gradient

    return run(spikes)


def _derivative(s: Any, fired: Any, m: Any) -> Any:
    """dt1/ds: where there is no spike, one would end the wait; the first one hides the second."""
    first = _where_equal(fired, 1)
    until_first = _sum_from(m * _where_equal(fired, 0))
    until_second = _sum_from(m * first) * first
    return -m * ops.where(s > 0, until_second, until_first)


def _where_equal(fired: Any, count: int) -> Any:
    return ops.cast(ops.equal(fired, count), fired.dtype)


def _sum_from(x: Any) -> Any:
    """y[t] = sum over u >= t of x[u]."""
    return ops.flip(ops.cumsum(ops.flip(x, axis=1), axis=1), axis=1)
