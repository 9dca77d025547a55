"""The fast forms of `functional`, chosen once by the Keras backend in use.

The functions have one signature on every backend; a backend without a form of its own takes the
generic one.
"""

import keras

if keras.backend.backend() == "tensorflow":
    from keras_snn.backends.tensorflow.batch_normalization import batch_norm, over_replicas
    from keras_snn.backends.tensorflow.convolution import convolve_each
    from keras_snn.backends.tensorflow.recurrence import run_neurons
else:
    from keras_snn.backends.generic import batch_norm, convolve_each, over_replicas, run_neurons

    if keras.backend.backend() == "jax":
        from keras_snn.backends.jax import convolve_each
    elif keras.backend.backend() == "torch":
        from keras_snn.backends.pytorch import convolve_each

__all__ = ["batch_norm", "convolve_each", "over_replicas", "run_neurons"]
