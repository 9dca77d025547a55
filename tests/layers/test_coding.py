"""Poisson, latency and delta coding, against plain loops."""

import keras
import numpy as np
import pytest

import keras_snn
from keras_snn.layers import DeltaCoding, LatencyCoding, PoissonCoding
from tests.contract import (
    check_build_and_calls,
    check_config,
    check_files,
    check_precision,
    check_training,
    single,
)
from tests.gradients import value_and_gradient

KINDS = {
    "latency": (lambda **k: LatencyCoding(5, threshold=0.1, **k), (2, 6, 4)),
    "delta": (lambda **k: DeltaCoding(0.5, **k), (2, 5, 6, 4)),
    "delta on and off": (lambda **k: DeltaCoding(0.5, off_spikes=True, **k), (2, 5, 6, 4)),
}


@pytest.mark.parametrize("name", KINDS)
def test_contract_of_codings_without_gradient(name, tmp_path):
    make, shape = KINDS[name]
    x = np.random.default_rng(3).uniform(0, 1, shape).astype("float32")
    check_config(make)
    model = check_build_and_calls(make, x)
    check_files(model, x, tmp_path)
    check_precision(make, model, x, 0.1)
    network = keras.Sequential([model, keras.layers.Dense(2)])
    network.compile("sgd", "mse", jit_compile=True)
    network.fit(x, network.predict(x, verbose=0), verbose=0)


def test_contract_of_poisson_coding(tmp_path):
    make = lambda **k: PoissonCoding(5, seed=3, **k)  # noqa: E731
    x = np.random.default_rng(3).integers(0, 2, (2, 6, 4)).astype("float32")  # 0 and 1: no chance
    check_config(make)
    model = check_build_and_calls(make, x)
    check_files(model, x, tmp_path)
    check_precision(make, model, x, 0.0)
    check_training(make, x * 0.5 + 0.2, jit_compile=False)
    check_training(make, x * 0.5 + 0.2, jit_compile=True)


@pytest.mark.parametrize("policy", ["float32", "mixed_bfloat16", "mixed_float16"])
def test_poisson_spikes_have_the_rate_of_the_intensity(policy):
    intensities = np.array([-0.5, 0.0, 0.02, 0.3, 0.7, 1.0, 2.0])
    spikes = PoissonCoding(400, seed=1, dtype=policy)(np.tile(intensities, (50, 1)))
    spikes = np.asarray(keras.ops.cast(spikes, "float32"))
    assert set(np.unique(spikes)) == {0.0, 1.0}
    rates = spikes.mean((0, 1))
    np.testing.assert_allclose(rates, np.clip(intensities, 0, 1), atol=4 * 0.5 / np.sqrt(20000))
    assert rates[[0, 1, 5, 6]].tolist() == [0, 0, 1, 1]
    steps = spikes[:, :, 3] - rates[3]
    assert abs((steps[:, 1:] * steps[:, :-1]).mean()) < 0.01, "steps are drawn independently"


def test_poisson_spikes_differ_between_calls_and_repeat_with_the_seed():
    x = np.full((4, 10), 0.5)
    first, second = PoissonCoding(8, seed=5), PoissonCoding(8, seed=5)
    spikes = np.asarray(first(x))
    np.testing.assert_array_equal(second(x), spikes)
    assert np.any(np.asarray(first(x)) != spikes)


def test_poisson_gradient_is_the_one_of_the_expected_spikes():
    coding = PoissonCoding(7, seed=1, dtype="float64")
    x = np.array([[-0.5, 0.2, 0.9, 1.5]])
    _, gradient = value_and_gradient(lambda x: keras.ops.sum(coding(x)), x)
    np.testing.assert_array_equal(gradient, [[0, 7, 7, 0]])


def test_poisson_coding_takes_a_seed_generator_through_files(tmp_path):
    layer = PoissonCoding(3, seed=keras.random.SeedGenerator(4))
    model = keras.Sequential([keras.Input((5,)), layer])
    model.save(tmp_path / "m.keras")
    assert keras.models.load_model(tmp_path / "m.keras").layers[0].seed.get_config()["seed"] == 4


@pytest.mark.parametrize("time_steps", [1, 2, 5])
@pytest.mark.parametrize("threshold", [0.0, 0.3])
def test_latency_is_one_spike_at_the_rounded_time(time_steps, threshold, rng):
    x = np.append(rng.random(40), [0.0, 1.0, 1.7, -0.4, 0.5, 0.25]).reshape(2, -1)
    spikes = np.asarray(LatencyCoding(time_steps, threshold, dtype="float64")(x))
    for b, i in np.ndindex(*x.shape):
        wanted = np.zeros(time_steps)
        if x[b, i] > threshold:
            wanted[max(0, int(np.floor((1 - x[b, i]) * (time_steps - 1) + 0.5)))] = 1
        np.testing.assert_array_equal(spikes[b, :, i], wanted)


@pytest.mark.parametrize("off_spikes", [False, True])
@pytest.mark.parametrize("masked", [False, True])
def test_delta_spikes_are_the_large_changes(off_spikes, masked, rng):
    x = rng.normal(size=(3, 6, 4, 2))
    mask = rng.random((3, 6)) < 0.7 if masked else np.ones((3, 6), bool)
    coding = DeltaCoding(0.6, off_spikes=off_spikes, dtype="float64")
    spikes = np.asarray(coding(x, mask=mask if masked else None))
    wanted = np.zeros((3, 6, 4, 4))
    for b, t in np.ndindex(3, 6):
        if t and mask[b, t] and mask[b, t - 1]:
            wanted[b, t, :, :2] = x[b, t] - x[b, t - 1] >= 0.6
            wanted[b, t, :, 2:] = x[b, t - 1] - x[b, t] >= 0.6
    np.testing.assert_array_equal(spikes, wanted if off_spikes else wanted[..., :2])
    assert 0 < spikes.mean() < 1


def test_delta_coding_takes_free_time_and_passes_the_mask_on():
    inputs = keras.Input((None, 3))
    model = keras.Model(inputs, DeltaCoding(0.5)(keras_snn.layers.FrameMask()(inputs)))
    x = np.zeros((1, 5, 3), "float32")
    x[0, 1] = 1
    assert np.asarray(model(x))[0, :, 0].tolist() == [0, 1, 0, 0, 0]
    assert model.outputs[0].shape == (None, None, 3)


def test_nan_stays_visible():
    intensities = np.array([[0.4, np.nan]], "float32")
    for coding in (PoissonCoding(3), LatencyCoding(3)):
        assert np.isnan(coding(intensities)).tolist() == [[[False, True]] * 3]
    signal = np.array([0.0, np.nan, 1.0, 1.0], "float32").reshape(1, 4, 1)
    both = np.isnan(DeltaCoding(0.5, off_spikes=True)(signal))
    assert both[0].tolist() == [[False] * 2, [True] * 2, [True] * 2, [False] * 2]


def test_integers_are_cast():
    x = np.array([[0, 1]], "uint8")
    assert np.asarray(PoissonCoding(2)(x))[0].tolist() == [[0, 1], [0, 1]]
    assert np.asarray(LatencyCoding(2)(x))[0].tolist() == [[0, 1], [0, 0]]
    frames = np.array([5, 3, 4], "uint8").reshape(1, 3, 1)
    assert np.asarray(DeltaCoding(1, off_spikes=True)(frames))[0].tolist() == [
        [0, 0],
        [0, 1],
        [1, 0],
    ]


@pytest.mark.parametrize("coding", [PoissonCoding, LatencyCoding])
def test_windows_refuse_codings_of_static_inputs(coding):
    network = single(lambda: coding(4), np.zeros((1, 6)))
    network = keras.Model(network.input, keras_snn.layers.LIF()(network.output))
    with pytest.raises(ValueError, match="makes all time steps of a static input at once"):
        keras_snn.training.TruncatedBPTT(network, 2)


def test_windows_refuse_delta_coding_which_needs_the_frame_before():
    inputs = keras.Input((8, 6))
    network = keras.Model(inputs, keras_snn.layers.LIF()(DeltaCoding(0.5)(inputs)))
    with pytest.raises(ValueError, match="delta_coding"):
        keras_snn.training.TruncatedBPTT(network, 2)


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: PoissonCoding(0), "`time_steps` must be an integer of at least 1"),
        (lambda: LatencyCoding(2.5), "`time_steps` must be an integer of at least 1"),
        (lambda: LatencyCoding(2, -1), "`threshold` must be a finite number of at least 0"),
        (lambda: DeltaCoding(0), "`threshold` must be a finite number greater than 0"),
        (lambda: DeltaCoding(1)(np.zeros((2, 3))), "`inputs` must have the axes"),
    ],
)
def test_wrong_arguments_are_refused(make, sentence):
    with pytest.raises(ValueError, match=sentence):
        make()
