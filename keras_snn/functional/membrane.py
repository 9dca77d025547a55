"""The leaky integrate-and-fire membrane over a whole sequence, forward and backward.

One step, for input current x[t] and membrane v, with a = 1 / tau, r = v_reset (0 in a soft reset):

    h[t] = r + (1 - a) * (v[t-1] - r) + g * x[t]        g = a if decay_input else 1
    s[t] = 1 if h[t] >= v_threshold else 0
    v[t] = s[t] * r + (1 - s[t]) * h[t]                 hard reset
    v[t] = h[t] - s[t] * v_threshold                    soft reset (v_reset is None)

The backward pass puts the surrogate derivative d[t] for ds/dh and runs from the last step to the
first, with the gradients p[t] of s[t] and q[t] of v[t]:

    dL/dh[t] = p[t] * d[t] + q[t] * dv/dh[t]
    dL/dx[t] = g * dL/dh[t]          q[t-1] = (1 - a) * dL/dh[t]

A step that is masked (mask 0) does not happen: s[t] = 0, v[t] = v[t-1].

NaN stays visible: where h[t] is NaN, so are s[t] and v[t]. An infinite current makes a neuron fire
once; after the hard reset it is at rest, and its gradients are finite again.
"""

import math
from dataclasses import dataclass
from typing import Any

import keras
from keras import ops

from keras_snn.functional import time


@dataclass(frozen=True)
class Dynamics:
    """The constants of a neuron; `surrogate` has the method `derivative(u)`."""

    v_threshold: float
    v_reset: float | None
    decay_input: bool
    detach_reset: bool
    surrogate: Any

    @property
    def rest(self) -> float:
        """The membrane's value at the start and, in a hard reset, after a spike."""
        return 0.0 if self.v_reset is None else self.v_reset


def no_fence(value):
    """What stands in the place of a compiler's fence where there is none to need it."""
    return value


def charge(x, v, leak, dynamics):
    """h[t] from x[t] and v[t-1]; `leak` is a = 1 / tau, a number or a scalar tensor."""
    current = leak * x if dynamics.decay_input else x
    if dynamics.rest == 0.0:
        return (1.0 - leak) * v + current
    return dynamics.rest + (1.0 - leak) * (v - dynamics.rest) + current


def fires(h, dynamics):
    """Whether the membrane is at or above the threshold, as booleans."""
    return h >= dynamics.v_threshold


def emit(h, fired):
    """s[t] as numbers, NaN where h[t] is."""
    return ops.where(ops.isnan(h), h, ops.cast(fired, h.dtype))


def reset(h, fired, dynamics):
    """v[t] from h[t] and where it fired."""
    if dynamics.v_reset is None:
        return h - ops.cast(fired, h.dtype) * dynamics.v_threshold
    return ops.where(fired, ops.full_like(h, dynamics.v_reset), h)


def differentiable_reset(h, spikes, dynamics):
    """v[t] as `reset` gives it, differentiable in h[t] and in s[t]."""
    if dynamics.v_reset is None:
        return h - spikes * dynamics.v_threshold
    finite = ops.where(h == math.inf, ops.full_like(h, dynamics.v_reset), h)
    return (1.0 - spikes) * finite + spikes * dynamics.v_reset


def reset_slope(h, fired, slope, dynamics):
    """dv/dh[t]; `slope` is the surrogate derivative d[t]."""
    soft = dynamics.v_reset is None
    kept = 1.0 if soft else 1.0 - ops.cast(fired, h.dtype)
    if dynamics.detach_reset:
        return kept
    through = slope * (-dynamics.v_threshold if soft else dynamics.v_reset - h)
    return kept + _zero_where(slope, through)


def _zero_where(factor, product):
    """The product, 0 where a factor is 0, also if the other is infinite."""
    return ops.where(factor == 0.0, ops.zeros_like(product), product)


def membrane_dtype(dtype):
    """The dtype in which a membrane of inputs of `dtype` is kept: float32 or better."""
    return keras.backend.result_type(dtype, "float32")


def at_rest(x, dynamics):
    """The membrane before the first step where no other is given, (batch, ...)."""
    return ops.full_like(x[:, 0], dynamics.rest, dtype=membrane_dtype(x.dtype))


def _steps(x, mask, to_steps=time.to_steps):
    """The sequences that a loop over time reads: x and, if there is one, the mask."""
    if mask is None:
        return (to_steps(x),)
    mask = ops.reshape(mask, (*ops.shape(mask)[:2], *[1] * (x.ndim - 2)))
    return to_steps(x), time.to_steps(mask)


def advance(v, inputs, leak, dynamics, fence=no_fence):
    """One step: h[t], the spikes as booleans, and v[t]. `inputs` is x[t] and maybe its mask."""
    x, *mask = inputs
    h = fence(charge(ops.cast(x, v.dtype), v, leak, dynamics))
    fired = fires(h, dynamics)
    after = reset(h, fired, dynamics)
    if mask:
        fired = ops.logical_and(fired, mask[0] > 0)
        after = ops.where(mask[0] > 0, after, v)
    return h, fired, after


def forward(x, v0, leak, mask, dynamics):
    """Spikes (batch, time, ...) in x's dtype and the last membrane (batch, ...) in v0's.

    The arguments are those of `functional.lif.lif`.
    """
    v0 = at_rest(x, dynamics) if v0 is None else v0

    def step(carry, inputs):
        h, fired, v = advance(carry[0], inputs, leak, dynamics)
        spikes = emit(h, fired) if mask is None else ops.where(inputs[1] > 0, emit(h, fired), 0.0)
        carry = (v, ops.cast(spikes, v.dtype))
        return carry, carry

    (v, _), (_, spikes) = time.over_time(step, (v0, ops.zeros_like(v0)), _steps(x, mask))
    return time.from_steps(spikes, x.dtype), v


def backward(
    x,
    v0,
    leak,
    mask,
    dynamics,
    d_spikes,
    d_v,
    *,
    learn_leak,
    fence=no_fence,
    to_steps=time.to_steps,
    from_steps=time.from_steps,
):
    """Gradients of x, v0 and, if `learn_leak`, leak, from those of the outputs (`d_v` or None).

    Those of a v0 that is None and of a leak not asked for are None. Only the input is kept between
    the passes: the membrane is charged once more here. A compiler that would compute a step anew
    for each of its uses gets a `fence`: an identity that it does not see through, put around h[t]
    and dL/dh[t]; `to_steps` and `from_steps` are its forms of those of `time`, for x and its
    gradient.
    """
    start = at_rest(x, dynamics) if v0 is None else v0
    d_v = ops.zeros_like(start) if d_v is None else d_v
    inputs = _steps(x, mask, to_steps)
    before, h = _replay(inputs, start, leak, dynamics, fence)

    def step(carry, inputs):
        d_v, d_leak, _ = carry
        before, h, d_spike, x, *mask = inputs
        d_h = fence(_charge_gradient(h, ops.cast(d_spike, h.dtype), d_v, dynamics))
        d_before = (1.0 - leak) * d_h
        if mask:
            d_h = d_h * mask[0]
            d_before = ops.where(mask[0] > 0, d_before, d_v)
        if learn_leak:
            d_leak = d_leak + ops.sum(_zero_where(d_h, d_h * _leak_slope(before, x, dynamics)))
        carry = (d_before, d_leak, d_h * leak if dynamics.decay_input else d_h)
        return carry, carry

    carry = (d_v, ops.zeros((), start.dtype), ops.zeros_like(start))
    sequences = (before, h, time.to_steps(d_spikes), *inputs)
    (d_v0, d_leak, _), outputs = time.over_time(step, carry, sequences, reverse=True)
    d_x = from_steps(outputs[2], x.dtype)
    return d_x, None if v0 is None else d_v0, d_leak if learn_leak else None


def _replay(inputs, v0, leak, dynamics, fence):
    """The membrane before each step's charge, v[t-1], and after it, h[t], as sequences."""

    def step(carry, inputs):
        before = carry[0]
        h, _, after = advance(before, inputs, leak, dynamics, fence)
        return (after, h), (before, h)

    return time.over_time(step, (v0, ops.zeros_like(v0)), inputs)[1]


def _charge_gradient(h, d_spike, d_v, dynamics):
    """dL/dh[t]."""
    slope = dynamics.surrogate.derivative(h - dynamics.v_threshold)
    return d_spike * slope + d_v * reset_slope(h, fires(h, dynamics), slope, dynamics)


def _leak_slope(before, x, dynamics):
    """dh[t]/da."""
    slope = dynamics.rest - before
    return slope + ops.cast(x, before.dtype) if dynamics.decay_input else slope
