"""Dense is that of Keras; on TensorFlow its kernel's gradient waits for that of its input."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_snn import backends, layers
from tests.backends.convolutions import operations
from tests.golden import close


@pytest.mark.parametrize("shape", [(5, 6), (2, 3, 6), (2, 3, 4, 6)], ids=str)
def test_outputs_and_gradients_equal_the_formula(shape, rng):
    x = tf.constant(rng.normal(size=shape))
    layer = layers.Dense(4, activation="tanh", bias_initializer="normal", dtype="float64")
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = layer(x)
    kernel, bias = layer.get_weights()
    wanted = np.tanh(x @ kernel + bias)
    close(y, wanted, 1e-12)
    upstream = 1 - wanted**2  # of the sum of y
    d_x, d_kernel, d_bias = tape.gradient(y, [x, *(w.value for w in layer.trainable_weights)])
    close(d_x, upstream @ kernel.T, 1e-12)
    close(d_kernel, x.numpy().reshape(-1, 6).T @ upstream.reshape(-1, 4), 1e-12)
    close(d_bias, upstream.reshape(-1, 4).sum(0), 1e-12)


def test_second_derivatives_equal_those_of_a_plain_product(rng):
    x, kernel = (tf.constant(rng.normal(size=size)) for size in ((5, 6), (6, 4)))

    def curvature(product):
        with tf.GradientTape() as outer:
            outer.watch([x, kernel])
            with tf.GradientTape() as inner:
                inner.watch([x, kernel])
                y = tf.reduce_sum(product(x, kernel) ** 3)
            slopes = inner.gradient(y, [x, kernel])
            total = sum(tf.reduce_sum(slope**2) for slope in slopes)
        return outer.gradient(total, [x, kernel])

    for actual, wanted in zip(curvature(backends.multiply), curvature(tf.matmul), strict=True):
        close(actual, wanted, 1e-12)


def test_the_gradient_of_the_kernel_waits_for_that_of_the_input(rng):
    x, kernel = (tf.constant(rng.normal(size=size)) for size in ((5, 6), (6, 4)))

    @tf.function
    def gradients(x, kernel):
        with tf.GradientTape() as tape:
            tape.watch([x, kernel])
            y = backends.multiply(x, kernel)
        return tape.gradient(y, [x, kernel])

    d_x, d_kernel = gradients.get_concrete_function(x, kernel).structured_outputs
    products = [d.op.inputs[0].op for d in (d_x, d_kernel)]
    assert [op.type for op in products] == ["MatMul", "MatMul"]
    assert products[0] in products[1].control_inputs


def test_sizes_may_be_unknown(rng):
    layer = layers.Dense(4)
    layer.build((None, None, 6))
    x = rng.normal(size=(2, 3, 6)).astype("float32")
    run = tf.function(layer, [tf.TensorSpec((None, None, 6))])
    np.testing.assert_allclose(run(x), layer(x), rtol=1e-6)


def test_exported_models_have_a_plain_product(tmp_path):
    inputs = keras.Input((6,))
    keras.Model(inputs, layers.Dense(4)(inputs)).export(tmp_path / "served", verbose=False)
    served = tf.saved_model.load(str(tmp_path / "served")).signatures["serving_default"]
    assert "MatMul" in operations(served)
    assert "IdentityN" not in operations(served)


def test_quantised_as_that_of_keras(rng):
    layer = layers.Dense(8)
    x = rng.normal(size=(4, 16)).astype("float32")
    wanted = layer(x)
    layer.quantize("int8")
    assert layer.kernel.dtype == "int8"
    np.testing.assert_allclose(layer(x), wanted, atol=0.1)


def test_sparse_inputs_are_multiplied_as_keras_does():
    x = np.zeros((3, 6), "float32")
    x[0, 1], x[2, 4] = 2.0, -1.0
    layer = layers.Dense(4)
    np.testing.assert_allclose(layer(tf.sparse.from_dense(x)), layer(x), rtol=1e-6)
