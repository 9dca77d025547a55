"""The choice of the form of a neuron's passes on TensorFlow: compiled, traced once, or plain."""

from typing import Any

from keras_snn.backends.tensorflow import traced, xla
from keras_snn.backends.tensorflow.exporting import is_traced_for_elsewhere
from keras_snn.functional import custom_gradient, recurrence, time
from keras_snn.functional.dynamics import State

MIN_COMPILED_ELEMENTS = 2**15
"""Elements of a sample from which compiling gains more than it costs, which is about a second,
again for every batch size."""


def run_neurons(
    x: Any,
    state: State | None,
    parameters: State,
    mask: Any,
    dynamics: Any,
    *,
    return_state: bool = False,
) -> tuple[Any, State | None]:
    """Runs as `functional.custom_gradient.run_neurons`, compiled where that is known to gain."""
    form = _form(x, parameters, mask, dynamics)
    passes = form.forward, form.backward
    return custom_gradient.run_neurons(
        x, state, parameters, mask, dynamics, return_state=return_state, passes=passes
    )


def _form(x: Any, parameters: State, mask: Any, dynamics: Any) -> Any:
    """Chooses the module whose passes are used."""
    shape = x.shape[1:]
    known = mask is None and shape.is_fully_defined() and not is_traced_for_elsewhere()
    if not known or any(len(getattr(value, "shape", ())) > 0 for value in parameters):
        return recurrence
    if _is_compiled(shape, dynamics):
        return xla
    return traced if time.unrolls(shape[0]) else recurrence


def _is_compiled(shape: Any, dynamics: Any) -> bool:
    """Tells whether to compile: large layers of spiking neurons, unless numerics are checked."""
    large = shape.num_elements() >= MIN_COMPILED_ELEMENTS
    return large and dynamics.surrogate is not None and not _checks_numerics()


def _checks_numerics() -> bool:
    """Tells whether `tf.debugging.enable_check_numerics()` is on, which XLA has no kernel for."""
    from tensorflow.python.debug.lib import check_numerics_callback

    return getattr(check_numerics_callback._state, "check_numerics_callback", None) is not None
