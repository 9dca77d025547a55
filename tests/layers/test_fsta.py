"""FSTA against the reference values, the per-channel NumPy form, and its promises."""

import numpy as np
import pytest

from keras_snn import layers
from keras_snn.checkpoints.loading import named_weights
from tests import reference
from tests.fidelity import golden
from tests.golden import close


@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize(("size", "reduction"), golden.FSTA)
def test_fsta_equals_the_authors(size, reduction):
    golden.require_equal(golden.fsta(size, reduction))


@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize(
    ("shape", "size", "reduction", "frequencies"),
    [
        ((2, 3, 4, 5, 6), 3, 1, "all"),
        ((2, 3, 5, 4, 2), 2, 2, "all"),
        ((1, 4, 9, 8, 3), 4, 2, [0, 3, 7, 12, 15]),
        ((2, 2, 6, 5, 3), 7, 1, [5]),
    ],
)
def test_fsta_equals_filtering_every_channel(shape, size, reduction, frequencies, rng):
    layer = layers.FSTA(size, reduction, frequencies)
    layer.build(shape)
    for variable in layer.weights:
        variable.assign(rng.normal(0, 0.4, variable.shape))
    weights = {path: np.asarray(v) for path, v in named_weights(layer).items()}
    x = rng.normal(size=shape)
    indices = range(size * size) if frequencies == "all" else frequencies
    close(layer(x), reference.fsta(x, weights, size, indices))


@pytest.mark.usefixtures("float64")
def test_gates_are_returned_and_make_the_output(rng):
    x = rng.normal(size=(2, 3, 4, 5, 6))
    layer = layers.FSTA(3)
    y, time, space = layer(x, return_attention_scores=True)
    assert time.shape == (2, 3)
    assert space.shape == (2, 4, 5, 1)
    gate = (1 + time)[:, :, None, None, None] * (0.6 + 0.5 * (1 + space))[:, None] / 2
    close(y, x * gate)


def test_defaults_are_the_authors():
    layer = layers.FSTA()
    layer.build((None, 4, 9, 9, 2))
    values = {name: float(v) for name, v in named_weights(layer).items() if v.shape == ()}
    assert {k: round(v, 6) for k, v in values.items()} == {
        "alpha": 0.5,
        "beta": 0.5,
        "t": 0.6,
        "s": 0.5,
    }
    assert sum(int(np.prod(v.shape)) for v in layer.weights) == 4 + 16 + 7 * 7 * 49


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"frequency_size": 0}, "`frequency_size` must be an integer of at least 1."),
        ({"reduction": -1}, "`reduction` must be an integer of at least 1."),
        ({"reduction": 50}, "`reduction` must be at most the number of filters, 49."),
        ({"frequencies": "low"}, '`frequencies` must be "all" or a list of different filter'),
        ({"frequencies": [49]}, '`frequencies` must be "all" or a list of different filter'),
        ({"frequencies": [1, 1]}, '`frequencies` must be "all" or a list of different filter'),
        ({"frequencies": []}, '`frequencies` must be "all" or a list of different filter'),
    ],
)
def test_bad_argument_is_named_in_one_sentence(arguments, sentence):
    with pytest.raises(ValueError, match="must") as error:
        layers.FSTA(**arguments)
    assert str(error.value).startswith(sentence)


def test_bad_shape_is_named():
    with pytest.raises(ValueError, match="`inputs` must have the axes"):
        layers.FSTA().build((None, 4, 5, 6))
    layer = layers.FSTA()
    layer.build((None, 4, 5, 6, 7))
    with pytest.raises(ValueError, match="`inputs` must have five axes and 4 time steps, as built"):
        layer(np.zeros((2, 3, 5, 6, 7)))
