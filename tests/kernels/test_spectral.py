"""The convolution by spectra equals the direct one, and is what large kernels use."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_snn import layers
from keras_snn.functional import convolution
from keras_snn.kernels import cost, spectra, spectral
from keras_snn.kernels import tensorflow as kernels
from tests.golden import close


def gradients(convolve_each, x, kernels, d_y):
    """The outputs and the gradients of x and the kernels."""
    with tf.GradientTape() as tape:
        tape.watch([x, kernels])
        y = convolve_each(x, kernels)
    d_x, d_kernels = tape.gradient(y, [x, kernels], d_y)
    return *y, d_x, *d_kernels


def tensors(rng, size, kernel_sizes, dtype="float64"):
    """x, kernels and gradients of the outputs, which have 4, 5, .. channels."""

    def normal(*shape):
        return tf.cast(rng.normal(size=shape), dtype)

    kernels = [normal(*taps, 3, 4 + i) for i, taps in enumerate(kernel_sizes)]
    return normal(2, *size, 3), kernels, [normal(2, *size, k.shape[3]) for k in kernels]


@pytest.mark.parametrize("size", [(9, 9), (8, 11), (4, 5)], ids=str)
@pytest.mark.parametrize(
    "kernel_sizes",
    [[(1, 1)], [(3, 5)], [(7, 7)], [(4, 4)], [(2, 5)], [(3, 3), (7, 7), (5, 1)], [(1, 6), (4, 2)]],
    ids=str,
)
def test_outputs_and_gradients_equal_the_direct_ones(size, kernel_sizes, rng):
    arguments = tensors(rng, size, kernel_sizes)
    wanted = gradients(convolution.convolve_each, *arguments)
    for actual, expected in zip(gradients(spectral.convolve_each, *arguments), wanted, strict=True):
        close(actual, expected, 1e-12)


@pytest.mark.usefixtures("forgotten_functions")
def test_rows_of_frequencies_in_blocks_equal_all_at_once(rng, monkeypatch):
    x, kernels, d_y = tensors(rng, (9, 8), [(3, 3), (5, 5)])
    wanted = gradients(spectral.convolve_each, x, kernels, d_y)
    spectral._passes.cache_clear()
    monkeypatch.setattr(spectra, "BLOCK", 2 * spectra.Spectra(x, kernels).largest)
    assert spectra.Spectra(x, kernels).blocks() == [slice(0, 2), slice(2, 4), slice(4, 6)]
    for actual, expected in zip(
        gradients(spectral.convolve_each, x, kernels, d_y), wanted, strict=True
    ):
        close(actual, expected, 1e-12)


def test_many_sizes_are_no_reason_for_a_warning(rng, caplog):
    tf.get_logger().addHandler(caplog.handler)
    for height in range(4, 14):
        gradients(spectral.convolve_each, *tensors(rng, (height, 3), [(3, 3)]))
    tf.get_logger().removeHandler(caplog.handler)
    assert not caplog.records


@pytest.fixture
def forgotten_functions():
    yield
    spectral._passes.cache_clear()


def test_an_output_without_a_gradient_adds_none(rng):
    x, kernels, _ = tensors(rng, (6, 6), [(3, 3), (5, 5)])
    with tf.GradientTape() as tape:
        tape.watch([x, kernels])
        y = spectral.convolve_each(x, kernels)[0] ** 2
    d_x, d_kernels = tape.gradient(y, [x, kernels])
    wanted = gradients(
        convolution.convolve_each, x, kernels[:1], [2 * convolution.convolve(x, kernels[0])]
    )
    close(d_x, wanted[1], 1e-12)
    close(d_kernels[0], wanted[2], 1e-12)
    close(d_kernels[1], np.zeros(kernels[1].shape), 1e-12)


def test_second_derivatives_equal_the_direct_ones(rng):
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
    for actual, expected in zip(curvature(spectral.convolve_each), wanted, strict=True):
        close(actual, expected, 1e-12)


def test_single_precision_errs_less_than_the_direct_convolution(rng):
    x, kernel = rng.normal(size=(4, 12, 12, 64)), rng.normal(size=(7, 7, 64, 64))
    exact = convolution.convolve(tf.constant(x), tf.constant(kernel)).numpy()
    x, kernel = (tf.constant(value, "float32") for value in (x, kernel))
    errors = [
        np.sqrt(np.mean((convolve_each(x, [kernel])[0] - exact) ** 2) / np.mean(exact**2))
        for convolve_each in (spectral.convolve_each, convolution.convolve_each)
    ]
    assert errors[0] < errors[1] < 1e-5


def test_float16_is_computed_in_single_precision(rng):
    arguments = tensors(rng, (8, 8), [(7, 7), (3, 3)], "float16")
    single = tf.nest.map_structure(lambda value: tf.cast(value, "float32"), arguments)
    exact = gradients(spectral.convolve_each, *single)
    for actual, expected in zip(gradients(spectral.convolve_each, *arguments), exact, strict=True):
        assert actual.dtype == "float16"
        np.testing.assert_array_equal(actual, tf.cast(expected, "float16"))


def test_bfloat16_errs_at_most_three_times_as_much_as_the_direct_convolution(rng):
    def half(*shape):
        return tf.cast(rng.normal(size=shape), "bfloat16")

    kernels = [half(size, size, 32, 32) for size in (3, 5, 7)]
    arguments = half(4, 12, 12, 32), kernels, [half(4, 12, 12, 32) for _ in kernels]
    wide = tf.nest.map_structure(lambda value: tf.cast(value, "float64"), arguments)
    ways = spectral.convolve_each, convolution.convolve_each
    spectral_ones, direct_ones = (gradients(way, *arguments) for way in ways)
    exact = gradients(convolution.convolve_each, *wide)
    for actual, direct, wanted in zip(spectral_ones, direct_ones, exact, strict=True):
        assert actual.dtype == "bfloat16"
        errors = [tf.norm(tf.cast(value, "float64") - wanted) for value in (actual, direct)]
        assert errors[0] < 3 * errors[1]


@pytest.mark.parametrize("compiled", [False, True])
def test_number_of_images_may_be_unknown(compiled, rng):
    x, kernels, _ = tensors(rng, (8, 8), [(5, 5), (3, 3)], "float32")
    spec = tf.TensorSpec((None, *x.shape[1:]))
    run = tf.function(lambda x: spectral.convolve_each(x, kernels), [spec], jit_compile=compiled)
    assert run(x[:0])[0].shape == (0, 8, 8, 4)
    for images in (x, x[:1]):
        wanted = convolution.convolve_each(images, kernels)
        for actual, expected in zip(run(images), wanted, strict=True):
            np.testing.assert_allclose(actual, expected, atol=1e-5)


def uses_spectra(function):
    graph = function.graph.as_graph_def()
    nodes = [*graph.node, *(node for f in graph.library.function for node in f.node_def)]
    return any(node.op == "BatchMatMulV2" for node in nodes)


def traced(shape, kernel_sizes=(3, 5, 7)):
    inputs = keras.Input(shape)
    model = keras.Model(inputs, layers.SMA(kernel_sizes)(inputs))
    return model, tf.function(model).get_concrete_function(tf.TensorSpec((None, *shape)))


def test_large_maps_use_spectra_and_exported_ones_do_not(tmp_path):
    model, function = traced((10, 24, 24, 128))
    assert uses_spectra(function) != kernels._has_gpu()
    model.export(tmp_path / "served", verbose=False)
    served = tf.saved_model.load(str(tmp_path / "served"))
    assert not uses_spectra(served.signatures["serving_default"])


@pytest.mark.parametrize("shape", [(4, 2, 2, 64), (8, 34, 34, 4), (4, None, 24, 128)], ids=str)
def test_small_maps_few_channels_and_free_sizes_stay_direct(shape):
    assert not uses_spectra(traced(shape)[1])


def test_small_kernels_are_transformed_where_large_ones_are():
    shapes = {size: (size, size, 128, 128) for size in (1, 3, 5, 7)}

    def chosen(*sizes):
        numbers = cost.faster(40, (24, 24), [shapes[size] for size in sizes], "float32")
        return [sizes[number] for number in numbers]

    assert chosen(1) == []
    assert chosen(1, 7, 3, 5) == [7, 3, 5]
