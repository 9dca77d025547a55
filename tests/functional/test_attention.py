"""Statistics of attention and their gradients."""

import numpy as np
import tensorflow as tf

from keras_snn.functional import attention
from tests.golden import close


def test_equal_largest_elements_share_the_gradient_of_the_spatial_maximum(rng):
    x = rng.normal(size=(2, 3, 4, 5, 6)).round(1)
    x[0] = 0.7
    d = rng.normal(size=(2, 3, 6))
    tensor = tf.constant(x)
    with tf.GradientTape() as tape:
        tape.watch(tensor)
        maximum = attention.spatial_maximum(tensor)
    largest = x == x.max((2, 3), keepdims=True)
    np.testing.assert_array_equal(maximum, x.max((2, 3)))
    wanted = largest * (d[:, :, None, None] / largest.sum((2, 3), keepdims=True))
    close(tape.gradient(maximum, tensor, d), wanted, 1e-12)
    assert largest.sum() > 2 * 3 * 6
