"""The DCT filter bank."""

import numpy as np
import pytest

from keras_snn.functional import dct
from tests import reference


@pytest.mark.parametrize("size", [1, 2, 3, 4, 7])
def test_filters_are_orthonormal(size):
    bank = dct.filters(size, range(size * size)).reshape(size * size, -1)
    np.testing.assert_allclose(bank.T @ bank, np.eye(size * size), atol=1e-12)


def test_filter_index_counts_vertical_frequencies_first():
    bank = dct.filters(3, range(9))
    np.testing.assert_allclose(bank[..., 0, 0], np.full((3, 3), 1 / 3))
    vertical = bank[..., 0, 1]  # frequency 1 along the rows, constant along the columns
    np.testing.assert_allclose(vertical, vertical[:, :1] * np.ones((1, 3)))
    assert vertical[0, 0] > 0 > vertical[2, 0]
    np.testing.assert_allclose(bank[..., 0, 3], vertical.T)


def test_filters_equal_the_closed_form():
    bank = dct.filters(7, [0, 5, 10, 48])
    for column, i in enumerate([0, 5, 10, 48]):
        np.testing.assert_allclose(bank[..., 0, column], reference.dct_filter(7, i), atol=1e-14)
