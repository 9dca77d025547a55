"""The reset of the states that layers keep between calls."""

import keras


def reset_states(model: keras.layers.Layer) -> None:
    """Resets the states that layers keep between calls.

    These are the membranes of `LIF(stateful=True)`, and the states of any Keras layer that has a
    `reset_state` method, wherever they stand inside `model`.

    Args:
        model: A Keras model or layer.

    Example:
        >>> keras_snn.reset_states(model)   # before a new recording
    """
    for layer in model._flatten_layers():
        if hasattr(layer, "reset_state") and getattr(layer, "stateful", False):
            layer.reset_state()
