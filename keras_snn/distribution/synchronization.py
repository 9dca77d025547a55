"""Lets all replicas share their batch statistics."""

import keras

from keras_snn.layers import BatchNormalization
from keras_snn.validation import require


def synchronize(model: keras.Model) -> keras.Model:
    """Makes every batch normalization of a model use the statistics of all replicas together.

    It changes the `BatchNormalization` layers of keras_snn in place, including those inside other
    layers such as SMA. Call it before `compile`. It matters under `tf.distribute` strategies; on
    JAX the statistics are those of all devices in any case.

    Args:
        model: The model.

    Returns:
        `model`.

    Raises:
        ValueError: If the model has no such layer.

    Example:
        >>> with tf.distribute.MirroredStrategy().scope():
        ...     model = keras_snn.distribution.synchronize(keras_snn.applications.SMAVGG8())
    """
    found = [la for la in model._flatten_layers() if isinstance(la, BatchNormalization)]
    require(bool(found), "model", "have a batch normalization of keras_snn", model=model.name)
    for layer in found:
        layer.synchronized = True
    return model
