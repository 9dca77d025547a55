"""Leaky integrate-and-fire neurons over whole sequences."""

from typing import Any

import keras

from keras_snn.layers.neuron import Neuron
from keras_snn.layers.sequences import NeuronSequence


@keras.saving.register_keras_serializable(package="keras_snn")
class LIF(NeuronSequence, Neuron):
    """Leaky integrate-and-fire (LIF) neurons: turns input currents into spikes.

    For the input current x[t] and the membrane potential v:

        h[t] = r + (1 - 1/tau) * (v[t-1] - r) + g * x[t]       charge
        s[t] = 1 if h[t] >= v_threshold, otherwise 0           fire
        v[t] = s[t] * v_reset + (1 - s[t]) * h[t]              hard reset
        v[t] = h[t] - s[t] * v_threshold                       soft reset (`v_reset=None`)

    with r = v_reset (0 for the soft reset) and g = 1/tau if `decay_input`, otherwise 1. Every call
    starts from the resting potential r, so nothing needs to be reset between batches unless
    `stateful=True`. A neuron fires at equality. The backward pass is one recursion over time that
    replaces ds/dh by the surrogate derivative at u = h - v_threshold; it computes the membranes
    anew from the input. Membranes are float32 or better, also under half-precision policies.

    NaN in gives NaN out, from its time step on. A current of +inf gives one spike; after the hard
    reset the neuron is at rest again, while the soft reset leaves it at +inf. A current of -inf
    silences the neuron for the rest of the sequence. With tau = 1 neither has consequences later.

    snnTorch writes the leak as beta = 1 - 1/tau, with `decay_input=False`.

    With the default initializers of Keras, neurons of deeper layers rarely reach the threshold, and
    a network that is silent learns nothing. Normalize the currents in front of each layer, for
    example with `BatchNormalization`, or scale the kernels once with `training.calibrate`.
    `callbacks.FiringRateMonitor` warns of silent layers by name.

    On TensorFlow large layers are compiled by XLA, which `tf.debugging.enable_check_numerics()`
    cannot look into: while it is on, they are not.

    Args:
        tau: Membrane time constant in time steps, at least 1.
        v_threshold: Firing threshold, greater than `v_reset` (than 0 for the soft reset).
        v_reset: Membrane potential after a spike, or None for the soft reset.
        decay_input: If True, the input current is scaled by 1/tau.
        detach_reset: If True, no gradient flows through s in the reset.
        surrogate: Name or object of `keras_snn.surrogates`.
        learn_tau: If True, tau is learned (PLIF), as w = -log(tau - 1), so that
            1/tau = sigmoid(w); tau must then be greater than 1.
        stateful: If True, the membrane is kept between calls, and the batch size is fixed when the
            layer is built; `keras_snn.reset_states(model)` starts anew. A layer that is called in
            two places of a network has one membrane for both.
        return_state: If True, the last membrane is returned too.
        go_backwards: If True, the sequence is run through from its end, and the outputs come in
            that order, as in `keras.layers.RNN`; `keras.layers.Bidirectional` uses it.
        tau_shape: "layer" for one learned tau, "channel" for one per channel.

    Call arguments:
        inputs: Input currents (batch, time, ...); integers are cast.
        initial_state: Membrane before the first step, (batch, ...). The default is the membrane at
            rest, or the one kept with `stateful`.
        mask: Booleans (batch, time). A masked step does not happen: no spike, the membrane stays.

    Input shape:
        (batch, time, ...), at least one axis after time; time may be None.

    Output shape:
        Spikes of the input's shape, 0 or 1. With `return_state` a tuple of these and the membrane
        (batch, ...).

    Raises:
        ValueError: for an argument out of its range, an input of less than three axes, a mask of
            another shape, or a stateful layer without a fixed batch size.

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
        tau: float = 2.0,
        v_threshold: float = 1.0,
        v_reset: float | None = 0.0,
        decay_input: bool = True,
        detach_reset: bool = True,
        surrogate: Any = "atan",
        learn_tau: bool = False,
        stateful: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        tau_shape: str = "layer",
        **kwargs: Any,
    ) -> None:
        super().__init__(
            tau=tau,
            v_threshold=v_threshold,
            v_reset=v_reset,
            decay_input=decay_input,
            detach_reset=detach_reset,
            surrogate=surrogate,
            learn_tau=learn_tau,
            tau_shape=tau_shape,
            stateful=stateful,
            return_state=return_state,
            go_backwards=go_backwards,
            **kwargs,
        )
