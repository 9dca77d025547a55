"""event_digits: the scene, the settings and the builder."""

import dataclasses
import pickle
import re

import numpy as np
import pytest
import sklearn.datasets
import tensorflow_datasets as tfds

from keras_snn.datasets import EventDigits, EventDigitsSettings
from keras_snn.datasets.event_digits import move, record, saccades

DIGITS = sklearn.datasets.load_digits().images / 16

OTHER = {
    "threshold": 0.25,
    "threshold_std": 0.1,
    "noise": 2.0,
    "refractory": 3000.0,
    "jitter": 3.0,
    "simulation_seed": 1,
}


def test_digit_at_rest_is_scaled_to_24_pixels_in_the_middle_of_the_sensor():
    image = move(np.ones((8, 8)), np.zeros((1, 2)))[0]
    assert image.shape == (34, 34)
    assert np.all(image[6:28, 6:28] > 0.99)  # 24 pixels, less a pixel of smooth edge
    assert np.all(image[:4] == 0)
    assert np.all(image[:, :4] == 0)
    assert image.sum() == pytest.approx(24 * 24)


def test_digit_moves_down_and_right():
    digit = DIGITS[5]
    here, down, right = move(digit, np.array([[0, 0], [2, 0], [0, 3]]))
    np.testing.assert_allclose(down[2:], here[:-2], atol=1e-12)
    np.testing.assert_allclose(right[:, 3:], here[:, :-3], atol=1e-12)


def test_digit_between_pixels_is_interpolated():
    here, next_pixel = move(DIGITS[3], np.array([[0.0, 0.0], [0.0, 1.0]]))
    between = move(DIGITS[3], np.array([[0.0, 0.5]]))[0]
    assert not np.allclose(between, here)
    assert between.sum() == pytest.approx(here.sum())
    assert here.sum() == pytest.approx(next_pixel.sum())


def test_three_saccades_of_100_ms_end_where_they_began():
    times, positions = saccades()
    assert (times[0], times[-1]) == (0, 300_000)
    corners = positions[np.isin(times, [0, 100_000, 200_000, 300_000])]
    assert corners.tolist() == [[-2, -2], [2, 0], [-2, 2], [-2, -2]]


def test_recording_lies_on_the_sensor_and_has_about_3000_events():
    counts = []
    for index in range(0, 100, 5):
        events = record(DIGITS[index], EventDigitsSettings(), index)
        for name, last in (("x", 33), ("y", 33), ("t", 300_000), ("p", 1)):
            assert events[name].min() >= 0
            assert events[name].max() <= last
        assert np.all(np.diff(events["t"]) >= 0)
        counts.append(len(events))
    assert 2800 < np.mean(counts) < 3300


@pytest.mark.parametrize("name", OTHER)
def test_every_setting_changes_the_events_and_the_same_settings_repeat_them(name):
    base = {"noise": 1.0, "jitter": 1.0, "threshold_std": 0.02}  # so that the seed matters
    plain = record(DIGITS[0], EventDigitsSettings(**base))
    changed = EventDigitsSettings(**{**base, name: OTHER[name]})
    assert np.array_equal(record(DIGITS[0], changed), record(DIGITS[0], changed))
    assert not np.array_equal(record(DIGITS[0], changed), plain)


def test_samples_have_noise_of_their_own():
    settings = EventDigitsSettings(noise=20.0)
    blank = np.zeros((8, 8))
    assert not np.array_equal(record(blank, settings, 0), record(blank, settings, 1))


def test_higher_threshold_gives_fewer_events_and_refractory_time_too():
    def events(**settings):
        return len(record(DIGITS[0], EventDigitsSettings(**settings)))

    assert events(threshold=0.6) < events() < events(threshold=0.2)
    assert events(refractory=5000) < events()


def test_blank_digit_gives_no_event_and_noise_its_rate():
    blank = np.zeros((8, 8))
    assert len(record(blank, EventDigitsSettings())) == 0
    # 10 Hz * 1156 pixels * 0.3 s = 3468
    assert abs(len(record(blank, EventDigitsSettings(noise=10))) - 3468) < 5 * np.sqrt(3468)


def test_events_are_the_ones_of_this_version():
    # If this fails on purpose, raise EventDigits.VERSION: data on disk are found by it.
    assert str(EventDigits.VERSION) == "1.0.0"
    plain = record(DIGITS[0], EventDigitsSettings())
    assert (len(plain), int(plain["x"].sum()), int(plain["p"].sum())) == (3466, 58648, 1913)
    settings = EventDigitsSettings(noise=2, jitter=2, threshold_std=0.1)
    random = record(DIGITS[0], settings, 3)
    assert (len(random), int(random["x"].sum()), int(random["p"].sum())) == (4114, 73098, 2240)


@pytest.mark.parametrize("name", OTHER)
def test_every_setting_has_a_directory_of_its_own(name, tmp_path):
    plain = EventDigits(data_dir=tmp_path)
    other = EventDigits(data_dir=tmp_path, **{name: OTHER[name]})
    assert plain.data_dir != other.data_dir
    assert str(tmp_path) in str(other.data_dir)


@pytest.mark.parametrize("name", EventDigits.CONSTANTS)
def test_every_constant_of_the_simulation_is_part_of_the_directorys_name(name, monkeypatch):
    before = EventDigits.configure().name
    monkeypatch.setitem(EventDigits.CONSTANTS, name, "changed")
    assert EventDigits.configure().name != before


def test_version_is_part_of_the_directorys_name(monkeypatch):
    before = EventDigits.configure().name
    monkeypatch.setattr(EventDigits, "VERSION", tfds.core.Version("1.0.1"))
    assert EventDigits.configure().name != before


def test_equal_settings_share_a_configuration():
    assert EventDigits.configure(noise=1, threshold=0.3) is EventDigits.configure(
        noise=np.float64(1.0), threshold=(0.3, 0.3)
    )


def test_builder_can_be_pickled(tmp_path):
    builder = EventDigits(data_dir=tmp_path, noise=1.0)
    assert pickle.loads(pickle.dumps(builder)).data_dir == builder.data_dir


def test_settings_cannot_be_changed_behind_their_name():
    with pytest.raises(dataclasses.FrozenInstanceError):
        EventDigits.configure().settings.noise = 5.0


BAD = [
    ("noise", -1, "`noise` must be a finite number of at least 0. Received: noise=-1"),
    ("noise", float("nan"), "`noise` must be a finite number of at least 0. Received: noise=nan"),
    ("noise", "loud", "`noise` must be a finite number of at least 0. Received: noise='loud'"),
    ("threshold_std", -0.1, "`threshold_std` must be a finite number of at least 0. Received: "),
    ("refractory", -1, "`refractory` must be a finite number of at least 0. Received: refractory"),
    ("jitter", -1, "`jitter` must be a finite number of at least 0. Received: jitter=-1"),
    ("jitter", 11, "`jitter` must be at most 10. Received: jitter=11"),
    ("threshold", 0, "`threshold` must be a finite number greater than 0. Received: threshold=0"),
    ("threshold", (0.3, -1), "`threshold` must be a finite number greater than 0. Received: "),
    ("threshold", (1, 2, 3), "`threshold` must be a number or a pair of numbers. Received: "),
    ("simulation_seed", 0.5, "`simulation_seed` must be an integer of at least 0. Received: "),
    ("nois", 1, "`nois` must be one of the settings of event_digits: threshold, "),
]


@pytest.mark.parametrize(("name", "value", "message"), BAD)
def test_bad_setting_is_refused_in_one_sentence(name, value, message, tmp_path):
    with pytest.raises(ValueError, match=re.escape(message)):
        EventDigits(data_dir=tmp_path, **{name: value})


def test_settings_beside_a_configuration_are_refused(tmp_path):
    with pytest.raises(ValueError, match="`config` must be None if settings are given"):
        EventDigits(data_dir=tmp_path, config=EventDigits.configure(), noise=1.0)
