"""The fast forms of `functional`, chosen once by the Keras backend in use.

The functions have one signature on every backend; a backend without a form of its own
takes the plain one.
"""

import keras

if keras.backend.backend() == "tensorflow":
    from keras_snn.backends.tensorflow.batch_normalization import (
        batch_norm,
        convolve_each,
        lif,
    )
else:
    from keras_snn.backends.generic import batch_norm, convolve_each, lif

    if keras.backend.backend() == "torch":
        from keras_snn.backends.pytorch import convolve_each

__all__ = ["batch_norm", "convolve_each", "lif"]
