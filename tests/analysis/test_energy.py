"""MACs, ACs and energy by hand."""

import keras
import numpy as np
import pytest

from keras_snn import analysis, backends, layers
from keras_snn.functional.convolution import convolve_each
from tests.analysis.profiler import profiled_macs
from tests.applications.miniatures import inputs, miniature


def network():
    """Counts -> convolution (MACs) -> spikes -> dense (ACs)."""
    inputs = keras.Input((3, 4, 5, 2))
    conv = keras.layers.Conv2D(6, 3, padding="same")
    x = layers.TimeDistributed(conv, name="conv")(inputs)
    x = layers.LIF(v_threshold=0.1, name="lif")(layers.BatchNormalization()(x))
    x = layers.TimeDistributed(keras.layers.Flatten())(x)
    return keras.Model(inputs, keras.layers.Dense(7, name="dense")(x))


def test_counts_are_macs_spikes_are_acs_and_empty_steps_cost_nothing(rng):
    model, x = network(), rng.integers(1, 4, (2, 3, 4, 5, 2)).astype("float32")
    x[0, 1] = 0
    spikes = analysis.record_spikes(model, x)["lif"]
    table = analysis.energy(model, x, mac_pj=2.0, ac_pj=0.5)
    conv, dense = 4 * 5 * 9 * 2 * 6, 4 * 5 * 6 * 7
    rate = float(np.mean(spikes))
    assert 0 < rate < 1
    assert table.column("MACs") == pytest.approx({"conv": conv * 3 * 5 / 6, "dense": 0})
    assert table.column("ACs") == pytest.approx({"conv": 0, "dense": dense * 3 * rate})
    assert table.column("as ANN in pJ") == {"conv": 2 * conv * 3, "dense": 2 * dense * 3}
    assert table.column("idle steps")["conv"] == pytest.approx(1 / 6)
    expected = 2 * conv * 3 * 5 / 6 + 0.5 * dense * 3 * rate
    assert table.total["energy in pJ"] == pytest.approx(expected)


def test_of_sma_the_scales_accumulate_and_the_branches_multiply(rng):
    inputs = keras.Input((4, 3, 2, 8))
    sma = layers.SMA((1, 3), channel_reduction=4, time_reduction=2, name="sma")
    model = keras.Model(inputs, sma(inputs))
    x = rng.integers(0, 2, (2, 4, 3, 2, 8)).astype("float32")
    table = analysis.energy(model, x)
    assert list(table) == ["sma"]
    assert table.column("ACs")["sma"] == pytest.approx(6 * 10 * 64 * 4 * x.mean())
    assert table.column("MACs")["sma"] == 3 * 8 * 2 * 4 + 3 * 4 * 2


def test_spikes_that_return_are_accumulated(rng):
    inputs = keras.Input((5, 6))
    model = keras.Model(inputs, layers.RecurrentLIF(6, v_threshold=0.3, name="loop")(inputs))
    x = rng.normal(0.5, 1, (3, 5, 6)).astype("float32")
    spikes = np.asarray(model(x))
    assert 0.1 < spikes.mean() < 0.9
    table = analysis.energy(model, x)
    assert table.column("MACs")["loop"] == 0
    returning = spikes[:, :-1].sum() / 3  # per sample; each is added to 6 currents
    assert table.column("ACs")["loop"] == pytest.approx(6 * returning)
    assert table.column("as ANN in pJ")["loop"] == pytest.approx(4.6 * 5 * 36)


def test_batches_of_different_sizes_give_the_table_of_all_samples(rng):
    model, x = network(), rng.integers(0, 2, (5, 3, 4, 5, 2)).astype("float32")
    x[4] = x[2, 1] = 0
    whole, parts = analysis.energy(model, x), analysis.energy(model, [x[:4], x[4:]])
    for path, row in whole.to_dict().items():
        assert parts.to_dict()[path] == pytest.approx(row, rel=1e-6)


@pytest.mark.parametrize("name", ["own", "VGG8", "SMAVGG8", "MSResNet18", "SEWResNet18"])
def test_tensorflows_profiler_counts_the_same_products(name, monkeypatch):
    monkeypatch.setattr(backends, "convolve_each", convolve_each)  # products, not spectra
    model = network() if name == "own" else miniature(name)
    table = analysis.energy(model, inputs(model).astype("float32"), mac_pj=1.0)
    assert table.total["as ANN in pJ"] == profiled_macs(model)


def test_a_layer_with_unknown_products_has_a_dash():
    class Own(keras.layers.Layer):
        def build(self, input_shape):
            self.w = self.add_weight(shape=(3,))

        def call(self, inputs):
            return inputs * self.w

    inputs = keras.Input((4, 3))
    model = keras.Model(inputs, keras.layers.Dense(2, name="dense")(Own(name="own")(inputs)))
    table = analysis.energy(model, np.ones((1, 4, 3)))
    assert table["own"] is None
    assert table["dense"] == pytest.approx(4.6 * 4 * 6)
    assert str(table).splitlines()[1].split()[:2] == ["own", "-"]
    assert "ANN in pJ, without own\n" in str(table)  # the total says what it lacks


def test_the_constants_are_named_with_their_source():
    model = keras.Sequential([keras.Input((4, 3)), keras.layers.Dense(2)])
    assert "45 nm, Horowitz" in str(analysis.energy(model, np.ones((1, 4, 3))))
    assert "given by the caller" in str(analysis.energy(model, np.ones((1, 4, 3)), mac_pj=1))
    with pytest.raises(ValueError, match="`ac_pj` must be a finite number of at least 0"):
        analysis.energy(model, np.ones((1, 4, 3)), ac_pj=-1)
