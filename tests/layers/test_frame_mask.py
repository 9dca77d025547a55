"""FrameMask: what is added behind a sample changes neither outputs nor training."""

import keras
import numpy as np
import pytest

from keras_snn import layers
from keras_snn.layers import FrameMask
from keras_snn.layers.protocol import is_causal, macs_of
from tests import contract

LENGTHS = np.array([3, 5, 1, 0])


@pytest.fixture
def frames(rng):
    """Four samples of at most five frames; the second has an empty frame inside."""
    x = rng.poisson(1.5, (4, 5, 8, 8, 2)).astype("float32")
    for sample, length in zip(x, LENGTHS, strict=True):
        sample[length:] = 0
    x[1, 2] = 0
    return x


def mask_of(outputs):
    return np.asarray(outputs._keras_mask)


def test_empty_frames_at_the_end_are_masked_and_others_kept(frames):
    outputs = FrameMask()(frames)
    np.testing.assert_array_equal(mask_of(outputs), np.arange(5) < LENGTHS[:, None])
    np.testing.assert_array_equal(outputs, frames)
    assert not hasattr(keras.ops.convert_to_tensor(frames), "_keras_mask")


def test_lengths_say_what_is_kept_whatever_the_frames_hold(frames):
    outputs = FrameMask()(frames + 1, lengths=np.array([2, 5, 0, 4]))
    kept = np.arange(5) < np.array([2, 5, 0, 4])[:, None]
    np.testing.assert_array_equal(mask_of(outputs), kept)
    np.testing.assert_array_equal(outputs, (frames + 1) * kept[:, :, None, None, None])


def network(time_steps=None, lengths=False):
    keras.utils.set_random_seed(0)
    inputs = keras.Input((time_steps, 8, 8, 2))
    given = [keras.Input((), dtype="int32")] if lengths else []
    x = FrameMask()(inputs, *given)
    for filters in (4, 6):
        x = layers.TimeDistributed(keras.layers.Conv2D(filters, 3, padding="same"))(x)
        x = layers.BatchNormalization()(x)
        x = layers.LIF(v_threshold=0.2)(x)
        x = layers.TimeDistributed(keras.layers.MaxPooling2D())(x)
    x = layers.TimeDistributed(keras.layers.Flatten())(x)
    x = MEAN()(x)
    model = keras.Model([inputs, *given], keras.layers.Dense(2)(x))
    model.compile(keras.optimizers.SGD(0.1), "mse")
    return model


MEAN = getattr(layers, "MeanOverTime", keras.layers.GlobalAveragePooling1D)


def padded(frames, number=4):
    return np.pad(frames, [(0, 0), (0, number), (0, 0), (0, 0), (0, 0)])


def test_padding_changes_no_prediction(frames):
    model = network()
    together = model.predict(padded(frames[:3]), verbose=0)
    assert together.std() > 0
    for sample, length, output in zip(frames[:3], LENGTHS[:3], together, strict=True):
        alone = model.predict(sample[None, :length], verbose=0)
        np.testing.assert_allclose(output, alone[0], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("lengths", [False, True])
def test_padding_changes_no_training(frames, lengths):
    weights = []
    for x in (frames[:3], padded(frames[:3])):
        model = network(lengths=lengths)
        before = model.get_weights()
        data = [x, LENGTHS[:3]] if lengths else x
        model.fit(data, np.eye(3, 2), epochs=3, verbose=0, shuffle=False)
        weights.append(model.get_weights())
        assert not np.allclose(before[0], weights[-1][0])
    for plain, longer in zip(*weights, strict=True):
        np.testing.assert_allclose(longer, plain, rtol=1e-4, atol=1e-5)


def test_a_network_with_lengths_is_saved(frames, tmp_path):
    model = network(lengths=True)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    data = [frames[:3], np.array([2, 4, 1])]
    expected = model.predict(data, verbose=0)
    np.testing.assert_allclose(loaded.predict(data, verbose=0), expected, rtol=1e-6)
    assert not np.allclose(expected, model.predict([frames[:3], LENGTHS[:3]], verbose=0))


@pytest.mark.skipif(not hasattr(layers, "MeanOverTime"), reason="needs a mean of no time steps")
def test_a_sample_without_events_gives_finite_numbers(frames):
    model = network()
    assert np.isfinite(model.predict(frames, verbose=0)).all()
    model.fit(frames, np.eye(4, 2), verbose=0)
    assert all(np.isfinite(weight).all() for weight in model.get_weights())


def test_contract(frames, tmp_path):
    contract.check_config(FrameMask)
    model = contract.check_build_and_calls(FrameMask, frames)
    contract.check_files(model, frames, tmp_path)
    contract.check_precision(FrameMask, model, frames, 0.01)


def test_it_depends_on_later_frames_and_costs_nothing():
    assert not is_causal(FrameMask())
    assert macs_of(FrameMask(), (None, 5, 8, 8, 2)) == 0


def test_wrong_ranks_are_refused():
    with pytest.raises(ValueError, match=r"`inputs` must have the axes \(batch, time, \.\.\.\)"):
        FrameMask()(np.zeros((2, 3)))
    with pytest.raises(ValueError, match=r"`lengths` must have one axis, \(batch,\)"):
        FrameMask()(np.zeros((2, 3, 4)), lengths=np.zeros((2, 1)))
