"""The filters as products of matrices are the convolutions."""

import numpy as np
import pytest
from keras import ops

from keras_snn.functional import dct, filtering
from tests.functional.test_convolution import direct
from tests.golden import close


@pytest.mark.parametrize("taps", [1, 3, 4, 7])
@pytest.mark.parametrize("size", [1, 2, 5, 9])
def test_toeplitz_matrix_is_a_correlation(taps, size, rng):
    rows, x = rng.normal(size=(2, taps)), rng.normal(size=size)
    padded = np.pad(x, ((taps - 1) // 2, taps // 2))
    wanted = [np.correlate(padded, row, "valid") for row in rows]
    close(filtering.toeplitz(rows, size) @ x, wanted, 1e-12)


@pytest.mark.parametrize("size", [(1, 1), (2, 5), (8, 9)], ids=str)
@pytest.mark.parametrize(
    ("n", "indices"), [(7, range(49)), (4, range(16)), (3, [5, 0, 7])], ids=["7", "4", "some of 3"]
)
@pytest.mark.parametrize("kernel_size", [(7, 7), (2, 3)], ids=str)
def test_filters_and_mixing_are_two_convolutions(size, n, indices, kernel_size, rng):
    x, kernel = rng.normal(size=(2, *size, 1)), rng.normal(size=(*kernel_size, len(indices), 2))
    wanted = direct(direct(x, dct.filters(n, indices)), kernel)
    arguments = ops.convert_to_tensor(x), n, indices, ops.convert_to_tensor(kernel)
    close(filtering.filter_and_mix(*arguments), wanted, 1e-11)
