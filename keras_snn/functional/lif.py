"""LIF over a whole sequence as one operation with its own gradient."""

import keras
from keras import ops

from keras_snn.functional import membrane


def lif(
    x, v0, leak, mask, dynamics, *, return_state=False, passes=(membrane.forward, membrane.backward)
):
    """The whole sequence as one operation, whose gradient is `membrane.backward`.

    Args:
        x: Input current (batch, time, ...).
        v0: Membrane at the start (batch, ...), of `membrane_dtype(x.dtype)`; None is at rest.
        leak: 1 / tau: a float, or a scalar tensor of the membrane's dtype that gets a gradient.
        mask: None or (batch, time) of the membrane's dtype, 1 where the step happens, else 0.
        dynamics: The neuron's constants.
        return_state: Whether the last membrane is wanted.
        passes: `membrane.forward` and `membrane.backward`, or faster forms of them.

    Returns:
        Spikes in x's shape and dtype, and the last membrane, None unless `return_state`.
    """
    learn_leak = not isinstance(leak, float)
    given = {"v0": v0, "leak": leak if learn_leak else None, "mask": mask}
    tensors = {name: value for name, value in given.items() if value is not None}

    @ops.custom_gradient
    def run(x, *values):
        now = {"v0": None, "leak": leak, "mask": None, **dict(zip(tensors, values, strict=True))}
        spikes, v = passes[0](x, **now, dynamics=dynamics)

        def gradient(*args, upstream=None):
            upstream = (upstream,) if upstream is not None else args
            d_spikes, d_v = _parts(*upstream) if return_state else (*upstream, None)
            d_x, d_v0, d_leak = passes[1](
                x, **now, dynamics=dynamics, d_spikes=d_spikes, d_v=d_v, learn_leak=learn_leak
            )
            found = {"v0": d_v0, "leak": d_leak}
            if mask is not None:
                found["mask"] = ops.zeros_like(now["mask"])
            return (d_x, *(found[name] for name in tensors))

        return (_together(spikes, v) if return_state else spikes), gradient

    output = run(x, *tensors.values())
    if not return_state:
        return output, None
    spikes, v = _parts(output)
    return ops.cast(spikes, x.dtype), v


ONE_OUTPUT = keras.backend.backend() == "torch"
"""Whether a function with a custom gradient has a single output."""


def _together(spikes, v):
    """Spikes and the last membrane, in one tensor where need be."""
    if not ONE_OUTPUT:
        return spikes, v
    return ops.concatenate([ops.cast(spikes, v.dtype), ops.expand_dims(v, 1)], axis=1)


def _parts(*together):
    """The inverse of `_together`: of the one tensor, of a pair, or of the pair's two parts."""
    if ONE_OUTPUT:
        (packed,) = together
        return packed[:, :-1], packed[:, -1]
    return together if len(together) == 2 else together[0]
