"""Keras keeps float64 inside `float64_kept`, and only there."""

from unittest import mock

import keras
import pytest
from keras.src.backend.common import dtypes

from keras_snn.functional.precision import float64_kept


def promoted():
    return keras.backend.result_type("float64", "float32")


def test_keras_keeps_float64_inside_and_is_as_before_outside():
    with mock.patch.dict(dtypes.BIT64_TO_BIT32_DTYPE, float64="float32"):  # as on JAX and PyTorch
        assert promoted() == "float32"
        with float64_kept():
            assert promoted() == "float64"
        assert promoted() == "float32"
        with pytest.raises(KeyError), float64_kept():
            raise KeyError
        assert promoted() == "float32"
