"""The convolution by spectra equals the direct one, and is what large kernels use."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_snn import layers
from keras_snn.functional import convolution
from keras_snn.kernels import spectral
from keras_snn.kernels import tensorflow as kernels
from tests.golden import close


def gradients(convolve, x, kernel, d_y):
    """The output and the gradients of x and the kernel."""
    with tf.GradientTape() as tape:
        tape.watch([x, kernel])
        y = convolve(x, kernel)
    return y, *tape.gradient(y, [x, kernel], d_y)


def tensors(rng, size, kernel_size, dtype="float64"):
    shapes = (2, *size, 3), (*kernel_size, 3, 4), (2, *size, 4)
    return [tf.cast(rng.normal(size=shape), dtype) for shape in shapes]


@pytest.mark.parametrize("size", [(9, 9), (8, 11), (4, 5)], ids=str)
@pytest.mark.parametrize("kernel_size", [(1, 1), (3, 5), (7, 7), (4, 4), (2, 5)], ids=str)
def test_output_and_gradients_equal_the_direct_ones(size, kernel_size, rng):
    arguments = tensors(rng, size, kernel_size)
    wanted = gradients(convolution.convolve, *arguments)
    for actual, expected in zip(gradients(spectral.convolve, *arguments), wanted, strict=True):
        close(actual, expected, 1e-12)


def test_second_derivatives_equal_the_direct_ones(rng):
    x, kernel, _ = tensors(rng, (6, 7), (5, 5))

    def curvature(convolve):
        with tf.GradientTape() as outer:
            outer.watch([x, kernel])
            with tf.GradientTape() as inner:
                inner.watch(x)
                y = tf.reduce_sum(convolve(x, kernel) ** 3)
            slope = tf.reduce_sum(inner.gradient(y, x) ** 2)
        return outer.gradient(slope, [x, kernel])

    wanted = curvature(convolution.convolve)
    for actual, expected in zip(curvature(spectral.convolve), wanted, strict=True):
        close(actual, expected, 1e-12)


def test_single_precision_errs_less_than_the_direct_convolution(rng):
    x, kernel = rng.normal(size=(4, 12, 12, 64)), rng.normal(size=(7, 7, 64, 64))
    exact = spectral.convolve(tf.constant(x), tf.constant(kernel)).numpy()
    single = [tf.constant(value, "float32") for value in (x, kernel)]
    errors = [
        np.sqrt(np.mean((convolve(*single) - exact) ** 2) / np.mean(exact**2))
        for convolve in (spectral.convolve, convolution.convolve)
    ]
    assert errors[0] < errors[1] < 1e-5


def test_float16_is_computed_in_single_precision(rng):
    arguments = tensors(rng, (8, 8), (7, 7), "float16")
    exact = gradients(spectral.convolve, *(tf.cast(value, "float32") for value in arguments))
    for actual, expected in zip(gradients(spectral.convolve, *arguments), exact, strict=True):
        assert actual.dtype == "float16"
        np.testing.assert_array_equal(actual, tf.cast(expected, "float16"))


def test_bfloat16_errs_at_most_three_times_as_much_as_the_direct_convolution(rng):
    shapes = (4, 12, 12, 32), (7, 7, 32, 32), (4, 12, 12, 32)
    half = [tf.cast(rng.normal(size=shape), "bfloat16") for shape in shapes]
    exact = gradients(convolution.convolve, *(tf.cast(value, "float64") for value in half))
    spectral_ones, direct_ones = (
        gradients(convolve, *half) for convolve in (spectral.convolve, convolution.convolve)
    )
    for actual, direct, wanted in zip(spectral_ones, direct_ones, exact, strict=True):
        assert actual.dtype == "bfloat16"
        errors = [tf.norm(tf.cast(value, "float64") - wanted) for value in (actual, direct)]
        assert errors[0] < 3 * errors[1]


@pytest.mark.parametrize("compiled", [False, True])
def test_number_of_images_may_be_unknown(compiled, rng):
    x, kernel, _ = tensors(rng, (8, 8), (5, 5), "float32")
    spec = tf.TensorSpec((None, *x.shape[1:]))
    run = tf.function(lambda x: spectral.convolve(x, kernel), [spec], jit_compile=compiled)
    assert run(x[:0]).shape == (0, 8, 8, 4)
    for images in (x, x[:1]):
        np.testing.assert_allclose(run(images), convolution.convolve(images, kernel), atol=1e-5)


def uses_spectra(function):
    return any(op.type == "BatchMatMulV2" for op in function.graph.get_operations())


def traced(layer, shape):
    inputs = keras.Input(shape)
    model = keras.Model(inputs, layer(inputs))
    return model, tf.function(model).get_concrete_function(tf.TensorSpec((None, *shape)))


@pytest.mark.parametrize(
    ("kernel_size", "chosen"),
    [(7, not kernels._has_gpu()), (5, not kernels._has_gpu()), (3, False)],
)
def test_large_kernels_use_spectra_and_exported_ones_do_not(kernel_size, chosen, tmp_path):
    layer = layers.TimeDistributed(layers.convolution.Convolution(128, kernel_size))
    model, function = traced(layer, (10, 24, 24, 128))
    assert uses_spectra(function) == chosen
    model.export(tmp_path / "served", verbose=False)
    served = tf.saved_model.load(str(tmp_path / "served"))
    assert not uses_spectra(served.signatures["serving_default"])


@pytest.mark.parametrize("shape", [(4, 2, 2, 64), (8, 34, 34, 4), (4, None, 24, 128)], ids=str)
def test_small_maps_few_channels_and_free_sizes_stay_direct(shape):
    layer = layers.TimeDistributed(layers.convolution.Convolution(shape[-1], 7))
    assert not uses_spectra(traced(layer, shape)[1])
