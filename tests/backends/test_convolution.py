"""The forms of the convolution equal the direct one, and each is used where it is the fastest."""

import functools

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_snn.backends.fourier_convolution import passes, steps
from keras_snn.backends.tensorflow import convolution as forms
from keras_snn.functional import convolution
from keras_snn.layers.convolution import Conv2D
from tests.backends.convolutions import gradients, operations, tensors
from tests.golden import close


@pytest.fixture(params=list(forms.FORMS))
def convolve_each(request):
    return functools.partial(forms.convolve_in, forms.FORMS[request.param])


@pytest.fixture
def forgotten_functions():
    forms._passes.cache_clear()
    yield
    forms._passes.cache_clear()


@pytest.mark.parametrize("size", [(9, 9), (8, 11), (4, 5)], ids=str)
@pytest.mark.parametrize(
    "kernel_sizes",
    [[(1, 1)], [(3, 5)], [(7, 7)], [(4, 4)], [(2, 5)], [(3, 3), (7, 7), (5, 1)], [(1, 6), (4, 2)]],
    ids=str,
)
def test_outputs_and_gradients_equal_the_direct_ones(convolve_each, size, kernel_sizes, rng):
    arguments = tensors(rng, size, kernel_sizes)
    wanted = gradients(convolution.convolve_each, *arguments)
    for actual, expected in zip(gradients(convolve_each, *arguments), wanted, strict=True):
        close(actual, expected, 1e-12)


def test_an_output_without_a_gradient_adds_none(convolve_each, rng):
    x, kernels, _ = tensors(rng, (6, 6), [(3, 3), (5, 5)])
    with tf.GradientTape() as tape:
        tape.watch([x, kernels])
        y = convolve_each(x, kernels)[0] ** 2
    d_x, d_kernels = tape.gradient(y, [x, kernels])
    wanted = gradients(
        convolution.convolve_each, x, kernels[:1], [2 * convolution.convolve(x, kernels[0])]
    )
    close(d_x, wanted[1], 1e-12)
    close(d_kernels[0], wanted[2], 1e-12)
    close(d_kernels[1], np.zeros(kernels[1].shape), 1e-12)


def test_second_derivatives_equal_the_direct_ones(convolve_each, rng):
    x, kernels, _ = tensors(rng, (6, 7), [(5, 5), (3, 3)])

    def curvature(convolve_each):
        with tf.GradientTape() as outer:
            outer.watch([x, *kernels])
            with tf.GradientTape() as inner:
                inner.watch(x)
                y = sum(tf.reduce_sum(y**3) for y in convolve_each(x, kernels))
            slope = tf.reduce_sum(inner.gradient(y, x) ** 2)
        return outer.gradient(slope, [x, *kernels])

    wanted = curvature(convolution.convolve_each)
    for actual, expected in zip(curvature(convolve_each), wanted, strict=True):
        close(actual, expected, 1e-12)


def test_float16_is_computed_in_single_precision(convolve_each, rng):
    arguments = tensors(rng, (8, 8), [(7, 7), (3, 3)], "float16")
    single = tf.nest.map_structure(lambda value: tf.cast(value, "float32"), arguments)
    exact = gradients(convolve_each, *single)
    for actual, expected in zip(gradients(convolve_each, *arguments), exact, strict=True):
        assert actual.dtype == "float16"
        np.testing.assert_array_equal(actual, tf.cast(expected, "float16"))


@pytest.mark.usefixtures("forgotten_functions")
@pytest.mark.parametrize(("in_hardware", "roundings"), [(True, steps.ROUNDINGS), (False, 1)])
def test_bfloat16_errs_at_most_a_unit_roundoff_each_rounding(
    in_hardware, roundings, rng, monkeypatch
):
    monkeypatch.setattr(steps, "cpu_has", lambda instructions: in_hardware)

    def half(*shape):
        return tf.cast(rng.normal(size=shape), "bfloat16")

    kernels = [half(size, size, 32, 32) for size in (3, 5, 7)]
    arguments = half(4, 12, 12, 32), kernels, [half(4, 12, 12, 32) for _ in kernels]
    wide = tf.nest.map_structure(lambda value: tf.cast(value, "float64"), arguments)
    by_spectra = functools.partial(forms.convolve_in, passes)
    exact = gradients(convolution.convolve_each, *wide)
    for actual, wanted in zip(gradients(by_spectra, *arguments), exact, strict=True):
        assert actual.dtype == "bfloat16"
        error = tf.norm(tf.cast(actual, "float64") - wanted) / tf.norm(wanted)
        assert error < roundings * 2**-8


@pytest.mark.parametrize("compiled", [False, True])
def test_number_of_images_may_be_unknown(convolve_each, compiled, rng):
    x, kernels, _ = tensors(rng, (8, 8), [(5, 5), (3, 3)], "float32")
    spec = tf.TensorSpec((None, *x.shape[1:]))
    run = tf.function(lambda x: convolve_each(x, kernels), [spec], jit_compile=compiled)
    assert run(x[:0])[0].shape == (0, 8, 8, 4)
    for images in (x, x[:1]):
        wanted = convolution.convolve_each(images, kernels)
        for actual, expected in zip(run(images), wanted, strict=True):
            np.testing.assert_allclose(actual, expected, atol=1e-5)


def test_many_sizes_are_no_reason_for_a_warning(convolve_each, rng, caplog):
    tf.get_logger().addHandler(caplog.handler)
    for height in range(4, 14):
        gradients(convolve_each, *tensors(rng, (height, 3), [(3, 3)]))
    tf.get_logger().removeHandler(caplog.handler)
    assert not caplog.records


def traced(layer, shape):
    inputs = keras.Input(shape)
    model = keras.Model(inputs, layer(inputs))
    return model, tf.function(model).get_concrete_function(tf.TensorSpec((None, *shape)))


def test_few_pixels_with_many_channels_go_by_rows_but_in_exported_models(tmp_path):
    model, function = traced(Conv2D(256, 3, padding="same"), (3, 3, 256))
    assert ("Conv2D" in operations(function)) == forms._has_gpu()
    model.export(tmp_path / "served", verbose=False)
    served = tf.saved_model.load(str(tmp_path / "served"))
    assert "Conv2D" in operations(served.signatures["serving_default"])


@pytest.mark.parametrize(
    "arguments",
    [{"strides": 2}, {"padding": "valid"}, {"dilation_rate": 2}, {"groups": 2}],
    ids=str,
)
def test_other_convolutions_are_those_of_keras(arguments, rng):
    arguments = {"padding": "same", "bias_initializer": "ones", "activation": "relu", **arguments}
    x = tf.constant(rng.normal(size=(2, 3, 3, 256)), "float32")
    subject = Conv2D(256, 3, **arguments)
    theirs = keras.layers.Conv2D(256, 3, **arguments)
    for layer in (subject, theirs):
        layer.build(x.shape)
    theirs.set_weights(subject.get_weights())
    np.testing.assert_array_equal(subject(x), theirs(x))


def test_bias_and_activation_follow(rng):
    x = rng.normal(size=(4, 2, 2, 256))
    layer = Conv2D(
        256, 3, padding="same", activation="tanh", bias_initializer="normal", dtype="float64"
    )
    y = layer(x)
    kernel, bias = layer.get_weights()
    wanted = convolution.convolve(tf.constant(x), tf.constant(kernel))
    close(y, np.tanh(wanted + bias), 1e-12)


def test_the_gradient_of_a_cut_kernel_is_a_padding(rng):
    @tf.function
    def gradient(kernel):
        with tf.GradientTape() as tape:
            tape.watch(kernel)
            y = tf.reduce_sum(convolution.visible(kernel, (2, 2)) ** 2)
        return tape.gradient(y, kernel)

    kernel = tf.constant(rng.normal(size=(7, 7, 2, 3)))
    wanted = np.zeros(kernel.shape)
    wanted[2:5, 2:5] = 2 * kernel[2:5, 2:5]
    close(gradient(kernel), wanted, 1e-12)
    kinds = operations(gradient.get_concrete_function(kernel))
    assert "Pad" in kinds
    assert "StridedSliceGrad" not in kinds
