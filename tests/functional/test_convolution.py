"""Taps that see nothing but padding are cut off, and nothing changes."""

import numpy as np
import pytest
from keras import ops

from keras_snn.functional import convolution
from tests.golden import close


def direct(x, kernel):
    """The formula, one output at a time."""
    (_, height, width, _), (a, b) = x.shape, kernel.shape[:2]
    before, behind = ((a - 1) // 2, (b - 1) // 2), (a // 2, b // 2)
    x = np.pad(x, [(0, 0), *zip(before, behind, strict=True), (0, 0)])
    y = np.zeros((len(x), height, width, kernel.shape[3]))
    for i in range(height):
        for j in range(width):
            y[:, i, j] = np.tensordot(x[:, i : i + a, j : j + b], kernel, 3)
    return y


@pytest.mark.parametrize("size", [(1, 1), (2, 2), (2, 9), (3, 4)], ids=str)
@pytest.mark.parametrize("kernel_size", [(1, 1), (3, 3), (7, 7), (4, 6), (9, 2)], ids=str)
def test_convolution_is_the_formula(size, kernel_size, rng):
    x, kernel = rng.normal(size=(2, *size, 3)), rng.normal(size=(*kernel_size, 3, 4))
    y = convolution.convolve(ops.convert_to_tensor(x), ops.convert_to_tensor(kernel))
    close(y, direct(x, kernel), 1e-12)


@pytest.mark.parametrize(
    ("size", "taps"), [((2, 2), (3, 3)), ((3, 8), (5, 7)), ((1, None), (1, 7)), ((4, 4), (7, 7))]
)
def test_visible_taps_are_counted_from_the_middle(size, taps):
    kernel = np.zeros((7, 7, 2, 2))
    kernel[3, 3] = 1.0
    cut = convolution.visible(kernel, size)
    assert cut.shape == (*taps, 2, 2)
    assert np.asarray(cut)[taps[0] // 2, taps[1] // 2].all()
