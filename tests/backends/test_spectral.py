"""The convolution by spectra equals the direct one, and is what large kernels use."""

import functools

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_snn import layers
from keras_snn.backends.fourier_convolution import cost, passes, steps
from keras_snn.backends.tensorflow import convolution as forms
from keras_snn.functional import convolution
from tests.backends.convolutions import gradients, operations, tensors
from tests.golden import close

convolve_by_spectra = functools.partial(forms.convolve_in, passes)


@pytest.mark.usefixtures("forgotten_functions")
def test_rows_of_frequencies_in_blocks_equal_all_at_once(rng, monkeypatch):
    x, kernels, d_y = tensors(rng, (9, 8), [(3, 3), (5, 5)])
    wanted = gradients(convolve_by_spectra, x, kernels, d_y)
    forms._passes.cache_clear()
    monkeypatch.setattr(steps, "ELEMENTS_AT_ONCE", 2 * steps.Spectra(x, kernels).largest)
    assert steps.Spectra(x, kernels).blocks() == [slice(0, 2), slice(2, 4), slice(4, 6)]
    for actual, expected in zip(
        gradients(convolve_by_spectra, x, kernels, d_y), wanted, strict=True
    ):
        close(actual, expected, 1e-12)


@pytest.fixture
def forgotten_functions():
    yield
    forms._passes.cache_clear()


def test_single_precision_errs_as_random_roundings_of_its_short_sums(rng):
    """Random roundings of n summed terms add up to sqrt(n) unit roundoffs, 2^-24 each."""
    side, channels, taps = 12, 64, 7
    x, kernel = rng.normal(size=(4, side, side, channels)), rng.normal(size=(taps, taps, 64, 64))
    exact = convolution.convolve(tf.constant(x), tf.constant(kernel)).numpy()
    x, kernel = (tf.constant(value, "float32") for value in (x, kernel))
    error = convolve_by_spectra(x, [kernel])[0] - exact
    frequencies = side + taps // 2
    terms = side + 2 * side + taps**2 + 2 * channels + 4 * frequencies + (frequencies + 1)
    assert terms < taps**2 * channels / 10  # the sum that the direct convolution makes
    assert np.sqrt(np.mean(error**2) / np.mean(exact**2)) < np.sqrt(terms) * 2**-24


def uses_spectra(function):
    return "BatchMatMulV2" in operations(function)


def traced(shape, kernel_sizes=(3, 5, 7)):
    inputs = keras.Input(shape)
    model = keras.Model(inputs, layers.SMA(kernel_sizes)(inputs))
    return model, tf.function(model).get_concrete_function(tf.TensorSpec((None, *shape)))


def test_large_maps_use_spectra_and_exported_ones_do_not(tmp_path):
    model, function = traced((10, 24, 24, 128))
    assert uses_spectra(function) != forms._has_gpu()
    model.export(tmp_path / "served", verbose=False)
    served = tf.saved_model.load(str(tmp_path / "served"))
    assert not uses_spectra(served.signatures["serving_default"])


@pytest.mark.parametrize("shape", [(4, 2, 2, 64), (8, 34, 34, 4), (4, None, 24, 128)], ids=str)
def test_small_maps_few_channels_and_free_sizes_stay_direct(shape):
    assert not uses_spectra(traced(shape)[1])


def test_small_kernels_are_transformed_where_large_ones_are():
    shapes = {size: (size, size, 128, 128) for size in (1, 3, 5, 7)}

    def chosen(*sizes):
        found = cost.forms(40, (24, 24), [shapes[size] for size in sizes], "float32")
        return [size for size, form in zip(sizes, found, strict=True) if form == "spectra"]

    assert chosen(1) == []
    assert chosen(3) == []
    assert chosen(7) == [7]
    assert chosen(1, 7, 3, 5) == [7, 3, 5]
