"""Leaky integrate-and-fire neurons over whole sequences."""

import math

import keras
from keras import ops

from keras_snn import backends
from keras_snn.functional import membrane
from keras_snn.layers.initial import exactly
from keras_snn.layers.neuron import Neuron
from keras_snn.layers.shapes import require_sequence, require_shape
from keras_snn.validation import require


@keras.saving.register_keras_serializable(package="keras_snn")
class LIF(Neuron):
    """Leaky integrate-and-fire (LIF) neurons: spikes of a whole sequence of input currents.

    For the input current x[t] and the membrane potential v:

        h[t] = r + (1 - 1/tau) * (v[t-1] - r) + g * x[t]       charge
        s[t] = 1 if h[t] >= v_threshold else 0                 fire
        v[t] = s[t] * v_reset + (1 - s[t]) * h[t]              hard reset
        v[t] = h[t] - s[t] * v_threshold                       soft reset (`v_reset=None`)

    with r = v_reset (0 in a soft reset) and g = 1/tau if `decay_input` else 1. The membrane
    starts at r, in every call: nothing is to be reset between batches unless `stateful`.
    A neuron fires at equality. The backward pass is one recursion over time that puts the
    surrogate derivative at u = h - v_threshold for ds/dh; it keeps nothing but the input. In a
    graph of TensorFlow's a large layer right behind `BatchNormalization` keeps nothing at all: it
    computes its input again from that of the normalisation.
    Membranes are float32 or better also under half-precision policies.

    Args:
        tau: Membrane time constant in time steps, at least 1.
        v_threshold: Firing threshold, greater than `v_reset` (than 0 in a soft reset).
        v_reset: Membrane after a spike, or None for the soft reset.
        decay_input: Whether the input current is scaled by 1/tau.
        detach_reset: Whether the gradient does not flow through s in the reset.
        surrogate: Name or object of `keras_snn.surrogates`.
        learn_tau: Whether tau is learned (PLIF), one for the layer, as w = -log(tau - 1), so
            that 1/tau = sigmoid(w); tau must then be greater than 1.
        stateful: Whether the membrane goes on from call to call. The batch size is then fixed
            when the layer is built; `keras_snn.reset_states(model)` starts anew.
        return_state: Whether the last membrane is returned too.

    Call arguments:
        inputs: Input current (batch, time, ...); integers are cast.
        initial_state: Membrane at the start, (batch, ...). Default: the membrane at rest, or
            the one kept where `stateful`.
        mask: Booleans (batch, time). A masked step does not happen: no spike, the membrane
            stays.

    Input shape:
        (batch, time, ...), at least one axis after time; time may be None.

    Output shape:
        Spikes of the input's shape, 0 or 1. With `return_state` a tuple of these and the
        membrane (batch, ...).

    Raises:
        ValueError: for an argument out of its range, an input of less than three axes, or a
            stateful layer without a fixed batch size.

    Example:
        >>> lif = keras_snn.layers.LIF(tau=2.0, surrogate="atan")
        >>> spikes = lif(np.random.rand(2, 10, 34, 34, 16))
        >>> spikes.shape
        (2, 10, 34, 34, 16)

    Source: SMA, arXiv 2405.13672, the LIF model of its preliminaries; learned tau: PLIF, Fang et
    al., ICCV 2021. Differs from the source: the ResNets of the SMA and FSTA authors fire on
    strict >, those for event data and this layer on >=.
    """

    def __init__(
        self,
        tau=2.0,
        v_threshold=1.0,
        v_reset=0.0,
        decay_input=True,
        detach_reset=True,
        surrogate="atan",
        learn_tau=False,
        stateful=False,
        return_state=False,
        **kwargs,
    ):
        super().__init__(
            tau, v_threshold, v_reset, decay_input, detach_reset, surrogate, learn_tau, **kwargs
        )
        self.stateful = bool(stateful)
        self.return_state = bool(return_state)
        self.supports_masking = True
        self.membrane = None

    def build(self, input_shape):
        require_sequence(input_shape)
        self.add_leak()
        if self.stateful:
            self._add_membrane(input_shape)

    def _add_membrane(self, input_shape):
        shape = (input_shape[0], *input_shape[2:])
        require(
            None not in shape,
            "stateful",
            "be False where the batch size or another axis but time is None",
            stateful=True,
            input_shape=tuple(input_shape),
        )
        self.membrane = self.add_weight(
            shape=shape,
            initializer=exactly(self.dynamics.rest),
            dtype=self.membrane_dtype,
            trainable=False,
            name="membrane",
        )

    @property
    def membrane_dtype(self):
        """The dtype of the membrane: float32 or better."""
        return membrane.membrane_dtype(self.compute_dtype)

    def reset_state(self):
        """Sets the kept membrane back to rest; does nothing unless `stateful` and built."""
        if self.membrane is not None:
            self.membrane.assign(ops.full_like(self.membrane.value, self.dynamics.rest))

    def call(self, inputs, initial_state=None, mask=None):
        wanted = self.return_state or self.stateful
        spikes, v = self.run(inputs, initial_state, mask, return_state=wanted)
        if self.stateful:
            self.membrane.assign(v)
        return (spikes, v) if self.return_state else spikes

    def run(self, inputs, initial_state=None, mask=None, *, return_state=True):
        """Spikes and the last membrane (None unless `return_state`); what is kept stays as it is.

        Takes what a call takes.
        """
        x = ops.cast(inputs, self.compute_dtype)
        dtype = self.membrane_dtype
        return backends.lif(
            x,
            self._start(x, initial_state),
            self.leak(dtype),
            None if mask is None else ops.cast(mask, dtype),
            self.dynamics,
            return_state=return_state,
        )

    def _start(self, x, initial_state):
        """The membrane before the first step, (batch, ...), or None for the one at rest."""
        dtype = self.membrane_dtype
        if initial_state is not None:
            wanted = (x.shape[0], *x.shape[2:])
            require_shape("initial_state", initial_state.shape, wanted)
            return ops.cast(initial_state, dtype)
        return ops.convert_to_tensor(self.membrane) if self.stateful else None

    def compute_output_shape(self, input_shape, initial_state_shape=None):
        if not self.return_state:
            return tuple(input_shape)
        return tuple(input_shape), (input_shape[0], *input_shape[2:])

    def compute_output_spec(self, inputs, initial_state=None, mask=None):
        require_sequence(inputs.shape)
        spikes = keras.KerasTensor(inputs.shape, dtype=self.compute_dtype)
        if not self.return_state:
            return spikes
        shape = (inputs.shape[0], *inputs.shape[2:])
        return spikes, keras.KerasTensor(shape, dtype=self.membrane_dtype)

    def compute_mask(self, inputs, previous_mask):
        return (previous_mask, None) if self.return_state else previous_mask

    def get_config(self):
        config = {"stateful": self.stateful, "return_state": self.return_state}
        return {**super().get_config(), **config}


@keras.saving.register_keras_serializable(package="keras_snn")
class IF(LIF):
    """Integrate-and-fire (IF) neurons: `LIF` without a leak, h[t] = v[t-1] + x[t].

    This is LIF for tau -> infinity and `decay_input=False`.

    Args:
        v_threshold, v_reset, detach_reset, surrogate, stateful, return_state: As in `LIF`.

    Call arguments, Input shape, Output shape, Raises: As in `LIF`.

    Example:
        >>> spikes = keras_snn.layers.IF(v_threshold=1.0, v_reset=None)(np.random.rand(2, 10, 64))

    Source: arXiv 2405.13672, preliminaries. Differs from the source: none.
    """

    def __init__(
        self,
        v_threshold=1.0,
        v_reset=0.0,
        detach_reset=True,
        surrogate="atan",
        stateful=False,
        return_state=False,
        **kwargs,
    ):
        super().__init__(
            tau=math.inf,
            v_threshold=v_threshold,
            v_reset=v_reset,
            decay_input=False,
            detach_reset=detach_reset,
            surrogate=surrogate,
            stateful=stateful,
            return_state=return_state,
            **kwargs,
        )

    def get_config(self):
        config = super().get_config()
        for fixed in ("tau", "decay_input", "learn_tau"):
            del config[fixed]
        return config
