"""Tables print in columns, are mappings, and leave as dictionaries and files."""

import csv

import keras
import numpy as np
import pytest

from keras_snn import analysis, layers


def test_a_table_prints_aligned_columns_and_a_dash_for_what_is_not_known():
    rows = {"a": {"rate": 0.25, "n": 10}, "longer": {"rate": None, "n": 3}}
    table = analysis.Table(rows, {"rate": ".1%", "n": ",d"}, notes=["Two layers."])
    assert str(table) == ("layer    rate   n\na       25.0%  10\nlonger      -   3\nTwo layers.")
    assert dict(table) == {"a": 0.25, "longer": None}
    assert table.column("n") == {"a": 10, "longer": 3}


def test_a_table_is_written_unrounded(tmp_path):
    table = analysis.Table({"a, b": {"rate": 1 / 3}}, {"rate": ".1%"})
    table.to_csv(tmp_path / "table.csv")
    with (tmp_path / "table.csv").open(newline="") as file:
        assert list(csv.reader(file)) == [["layer", "rate"], ["a, b", str(1 / 3)]]
    assert table.to_dict() == {"a, b": {"rate": 1 / 3}}


def test_rates_of_steps_channels_and_neurons_by_hand(rng):
    """Over several batches, against NumPy on all spikes at once."""
    inputs = keras.Input((4, 3, 2, 5))
    model = keras.Model(inputs, layers.LIF(v_threshold=0.5, name="lif")(inputs))
    x = rng.normal(0.5, 1, (70, 4, 3, 2, 5)).astype("float32")
    x[:, :, 0, 0, 0], x[:, :, 1, 1, 1] = -1.0, 5.0
    spikes = model.predict(x, verbose=0)
    rates = analysis.firing_rates(model, x)
    np.testing.assert_allclose(rates["lif"], spikes.mean(), rtol=1e-6)
    np.testing.assert_allclose(rates.by_step["lif"], spikes.mean((0, 2, 3, 4)), rtol=1e-6)
    np.testing.assert_allclose(rates.by_channel["lif"], spikes.mean((0, 1, 2, 3)), rtol=1e-6)
    both = rates.by_step_and_channel["lif"]
    np.testing.assert_allclose(both, spikes.mean((0, 2, 3)), rtol=1e-6)
    per_neuron = spikes.mean((0, 1))
    assert rates.column("silent")["lif"] == pytest.approx((per_neuron == 0).mean())
    assert rates.column("saturated")["lif"] == pytest.approx((per_neuron == 1).mean())
    assert rates.column("silent")["lif"] > 0
    assert rates.column("saturated")["lif"] > 0
