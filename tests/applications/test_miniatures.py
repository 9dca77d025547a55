"""The small networks of the tests are alive: what is compared on them could differ."""

import pytest

from keras_snn import analysis
from tests.applications.miniatures import MINIATURES, inputs, liven, miniature


@pytest.mark.parametrize("name", MINIATURES)
def test_every_layer_spikes_and_outputs_differ(name):
    model = liven(miniature(name))
    x = inputs(model)
    rates = analysis.firing_rates(model, x)
    assert {path for path, steps in rates.by_step.items() if steps.max() == 0} == set()
    one, other = model.predict(x, verbose=0)
    assert abs(one - other).max() > 1e-3
