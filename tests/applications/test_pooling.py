"""Adaptive pooling by PyTorch's rule, and maxima that show NaN."""

import keras
import numpy as np
import pytest

from keras_snn.layers.adaptive_average_pooling2d import AdaptiveAveragePooling2D, windows
from keras_snn.layers.max_pooling2d import MaxPooling2D
from tests.contract import check_layer


def test_windows_overlap_and_repeat():
    assert windows(4, 3) == [(0, 2), (1, 3), (2, 4)]
    assert windows(1, 3) == [(0, 1), (0, 1), (0, 1)]
    assert windows(7, 3) == [(0, 3), (2, 5), (4, 7)]
    assert windows(6, 3) == [(0, 2), (2, 4), (4, 6)]


def test_means_by_hand():
    x = np.arange(8.0).reshape(1, 2, 4, 1)
    y = AdaptiveAveragePooling2D(3)(x)[0, :, :, 0]
    np.testing.assert_allclose(y, [[0.5, 1.5, 2.5], [2.5, 3.5, 4.5], [4.5, 5.5, 6.5]])


@pytest.mark.parametrize("size", [(1, 1), (2, 3), (4, 5), (7, 8), (12, 10)])
def test_equals_pytorch(size, rng):
    torch = pytest.importorskip("torch")
    x = rng.normal(size=(2, *size, 3))
    wanted = torch.nn.functional.adaptive_avg_pool2d(torch.tensor(x).permute(0, 3, 1, 2), 3)
    layer = AdaptiveAveragePooling2D(3, dtype="float64")
    np.testing.assert_allclose(layer(x), wanted.permute(0, 2, 3, 1), rtol=1e-12)


def test_contract(tmp_path):
    check_layer(lambda **k: AdaptiveAveragePooling2D(3, **k), (2, 4, 2, 5), tmp_path)


def test_errors():
    with pytest.raises(ValueError, match=r"`output_size`.*output_size=0"):
        AdaptiveAveragePooling2D(0)
    with pytest.raises(ValueError, match="`inputs` must have the axes"):
        AdaptiveAveragePooling2D(3).build((None, None, 4, 2))


@pytest.mark.parametrize(("strides", "padding"), [(2, "valid"), (1, "same")])
def test_maxima_are_those_of_keras_and_show_nan(strides, padding, rng):
    x = rng.normal(size=(2, 5, 6, 3)).astype("float32")
    arguments = {"strides": strides, "padding": padding}
    wanted = keras.layers.MaxPooling2D(2, data_format="channels_last", **arguments)(x)
    np.testing.assert_array_equal(MaxPooling2D(2, **arguments)(x), wanted)
    x[1, 1, 2, 0] = np.nan
    found = np.array(MaxPooling2D(2, **arguments)(x))
    assert np.isnan(found[1, ..., 0]).all()
    np.testing.assert_array_equal(found[0], wanted[0])
    np.testing.assert_array_equal(found[1, ..., 1:], wanted[1, ..., 1:])


def test_contract_of_maxima(tmp_path):
    check_layer(lambda **k: MaxPooling2D(2, **k), (2, 4, 6, 3), tmp_path)
