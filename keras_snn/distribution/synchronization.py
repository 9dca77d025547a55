"""Batch statistics that all replicas share."""

import keras

from keras_snn.layers import BatchNormalization
from keras_snn.validation import require


def synchronize(model: keras.Model) -> keras.Model:
    """Lets every batch normalization of a model use the statistics of all replicas together.

    It changes the `BatchNormalization` layers of keras_snn, also inside other layers such as SMA,
    in place, and must come before `compile`. It acts under `tf.distribute` strategies; on JAX the
    statistics are those of all devices in any case.

    Args:
        model: The model.

    Returns:
        `model`.

    Raises:
        ValueError: if the model has no such layer.

    Example:
        >>> with tf.distribute.MirroredStrategy().scope():
        ...     model = keras_snn.distribution.synchronize(keras_snn.applications.SMAVGG8())
    """
    found = [la for la in model._flatten_layers() if isinstance(la, BatchNormalization)]
    require(bool(found), "model", "have a batch normalization of keras_snn", model=model.name)
    for layer in found:
        layer.synchronized = True
    return model
